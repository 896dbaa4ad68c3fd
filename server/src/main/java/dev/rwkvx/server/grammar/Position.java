package dev.rwkvx.server.grammar;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a text of some form has come: all that may follow, as stacks of forms, because there may
 * be several ways to read the bytes so far. Immutable.
 */
final class Position {
  /** What has to follow, the next first; null is nothing. */
  private record Stack(Form top, @Nullable Stack below, long least) {
    /** The same what follows, for the same reason. */
    boolean same(@Nullable Stack other) {
      return other != null && below == other.below && top.equals(other.top);
    }
  }

  private final List<@Nullable Stack> stacks;
  private final long least;

  private Position(List<@Nullable Stack> stacks) {
    this.stacks = stacks;
    long fewest = Form.ENDLESS;
    for (Stack stack : stacks) {
      fewest = Math.min(fewest, leastOf(stack));
    }
    least = fewest;
  }

  /** The beginning of a text. */
  static Position start(Form form) {
    List<@Nullable Stack> stacks = new ArrayList<>();
    stacks.add(push(form, null));
    return new Position(stacks);
  }

  /** The least bytes that complete the text; 0 when it is complete. */
  long least() {
    return least;
  }

  /** The position after one more byte; null when no text of the form goes on so. */
  @Nullable Position after(byte next) {
    List<@Nullable Stack> result = new ArrayList<>(2);
    for (Stack stack : stacks) {
      advance(stack, next & 0xff, result);
    }
    return result.isEmpty() ? null : new Position(result);
  }

  private static void advance(@Nullable Stack stack, int next, List<@Nullable Stack> result) {
    if (stack == null) {
      return;
    }
    Stack below = stack.below;
    switch (stack.top) {
      case Form.Bytes(var set) -> {
        if (set.get(next)) {
          add(below, result);
        }
      }
      case Form.Literal(byte[] bytes, int from) -> {
        if ((bytes[from] & 0xff) == next) {
          boolean last = from + 1 == bytes.length;
          add(last ? below : push(new Form.Literal(bytes, from + 1), below), result);
        }
      }
      case Form.Sequence(var parts, long _) -> {
        Stack all = below;
        for (Form part : parts.reversed()) {
          all = push(part, all);
        }
        advance(all, next, result);
      }
      case Form.Choice(var alternatives, var beginnings, long _) -> {
        for (int i = 0; i < alternatives.size(); i++) {
          if (beginnings.get(i).get(next)) {
            advance(push(alternatives.get(i), below), next, result);
          }
        }
      }
      case Form.Repeat repeat -> {
        if (repeat.most() != 0) {
          advance(push(repeat.form(), push(repeat.rest(), below)), next, result);
        }
        if (repeat.fewest() == 0) {
          advance(below, next, result);
        }
      }
      case Form.Reference reference -> advance(push(reference.target(), below), next, result);
    }
  }

  private static void add(@Nullable Stack stack, List<@Nullable Stack> result) {
    for (Stack other : result) {
      if (stack == null ? other == null : stack.same(other)) {
        return;
      }
    }
    result.add(stack);
  }

  private static Stack push(Form form, @Nullable Stack below) {
    return new Stack(form, below, Math.min(form.least() + leastOf(below), Form.ENDLESS));
  }

  private static long leastOf(@Nullable Stack stack) {
    return stack == null ? 0 : stack.least;
  }

  /** Whether the same texts may follow, as far as a quick look tells. */
  boolean sameAs(Position other) {
    if (stacks.size() != other.stacks.size()) {
      return false;
    }
    for (int i = 0; i < stacks.size(); i++) {
      Stack stack = stacks.get(i);
      if (stack == null ? other.stacks.get(i) != null : !stack.same(other.stacks.get(i))) {
        return false;
      }
    }
    return true;
  }
}
