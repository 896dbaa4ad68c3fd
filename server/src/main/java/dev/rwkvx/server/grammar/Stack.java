package dev.rwkvx.server.grammar;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What has to follow, the next first. Equal by the objects it consists of, so that no comparison
 * goes further than one step.
 */
final class Stack {
  private static final int WORD_BITS = 20;
  private static final int PLACE_BITS = 24;
  private static final int WORD_MASK = (1 << WORD_BITS) - 1;

  /** Null when nothing has to follow. */
  final @Nullable Form top;

  /**
   * How far the top has come: the next part of a sequence, the times of a repetition, the {@link
   * #words} that are left.
   */
  final long at;

  private final @Nullable Stack below;
  private final int hash;

  /** The least bytes of all of it. */
  final long least;

  /** When it was seen last. */
  long mark;

  Stack(@Nullable Form top, long at, @Nullable Stack below, long least) {
    this.top = top;
    this.at = at;
    this.below = below;
    this.least = least;
    hash =
        31 * (31 * System.identityHashCode(top) + Long.hashCode(at))
            + System.identityHashCode(below);
  }

  Form form() {
    return Objects.requireNonNull(top);
  }

  Stack below() {
    return Objects.requireNonNull(below);
  }

  /** Words from one to before another, of which so many bytes were read. */
  static long words(int from, int to, int place) {
    return ((((long) from << WORD_BITS) | to) << PLACE_BITS) | place;
  }

  static int from(long at) {
    return (int) (at >>> (WORD_BITS + PLACE_BITS));
  }

  static int to(long at) {
    return (int) (at >>> PLACE_BITS) & WORD_MASK;
  }

  static int place(long at) {
    return (int) at & ((1 << PLACE_BITS) - 1);
  }

  int from() {
    return from(at);
  }

  int to() {
    return to(at);
  }

  int place() {
    return place(at);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Stack stack
        && top == stack.top
        && at == stack.at
        && below == stack.below;
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
