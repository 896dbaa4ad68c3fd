package dev.rwkvx.server.grammar;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a text of some form has come: all that may follow, as stacks of forms, because there may
 * be several ways to read the bytes so far.
 */
final class Position {
  /** Values of a byte. */
  static final int VALUES = 256;

  private final Automaton automaton;

  /** Each once, in an order that depends on nothing but them. */
  final List<Stack> stacks;

  /** Those that may take the next byte, once they were asked for. */
  Stack @Nullable [] open;

  private final int hash;
  private final long least;

  /** The positions after each byte, as far as they are known. */
  private @Nullable Position @Nullable [] next;

  /**
   * @param stacks each once
   */
  Position(Automaton automaton, List<Stack> stacks) {
    this.automaton = automaton;
    this.stacks = stacks.stream().sorted(Comparator.comparingInt(Stack::hashCode)).toList();
    hash = this.stacks.hashCode();
    least = stacks.stream().mapToLong(stack -> stack.least).min().orElse(Leasts.ENDLESS);
  }

  /** The least bytes that complete the text; 0 when it is complete. */
  long least() {
    return least;
  }

  /** The position after one more byte; null when no text of the form goes on so. */
  @Nullable Position after(byte value) {
    int index = value & 0xff;
    if (next == null) {
      next = new @Nullable Position[VALUES];
    }
    Position known = next[index];
    if (known == null) {
      known = automaton.next(this, index);
      next[index] = known;
    }
    return known.stacks.isEmpty() ? null : known;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Position position
        && hash == position.hash
        && stacks.equals(position.stacks);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
