package dev.rwkvx.server.grammar;

import dev.rwkvx.server.grammar.Form.Bytes;
import dev.rwkvx.server.grammar.Form.Choice;
import dev.rwkvx.server.grammar.Form.Reference;
import dev.rwkvx.server.grammar.Form.Repeat;
import dev.rwkvx.server.grammar.Form.Sequence;
import dev.rwkvx.server.grammar.Form.Words;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads texts of a form byte by byte. There may be several ways to read what has come so far, each
 * a {@link Stack} of what has to follow; equal stacks and equal positions are one object, so that
 * ways that meet are one way from there on. For one text, by one thread at a time.
 *
 * <p>A schema can be written such that the ways multiply without end. So their number is limited,
 * and so is the work between two tokens.
 */
final class Automaton {
  /** Ways to read a text that may be open at once. */
  static final int MOST_READINGS = 1024;

  /** Steps between two tokens; schemas that people write take some hundreds. */
  static final int MOST_STEPS = 1 << 18;

  /** Steps after which somebody may have gone away. */
  private static final int STEPS_TO_LOOK = 1 << 12;

  /** A comparison with a byte is that much cheaper than another step. */
  private static final int COMPARISONS = 8;

  /** References that are kept to stacks and positions, before all are forgotten. */
  private static final int MOST_KEPT = 1 << 20;

  private final Leasts leasts;
  private final Runnable stillWanted;
  private final Map<Stack, Stack> stacks = new HashMap<>();
  private final Map<Position, Position> positions = new HashMap<>();

  /** Nothing has to follow. */
  private final Stack end = new Stack(null, 0, null, 0);

  private final Position start;
  private int kept;
  private int steps;
  private long mark;

  /**
   * @param stillWanted throws when nobody waits for the text any more
   */
  Automaton(Form form, Leasts leasts, Runnable stillWanted) {
    this.leasts = leasts;
    this.stillWanted = stillWanted;
    start = position(List.of(stack(form, end)));
  }

  /** The beginning of a text. */
  Position start() {
    return start;
  }

  /** A token is to be chosen: the work is counted anew. */
  void begin() {
    steps = 0;
  }

  /** Steps since the latest beginning. */
  int steps() {
    return steps;
  }

  private void step(int count) {
    int before = steps;
    steps += count;
    if (steps > MOST_STEPS) {
      throw new SchemaException(
          "#", "takes more than %d steps between two tokens".formatted(MOST_STEPS));
    }
    if (before / STEPS_TO_LOOK != steps / STEPS_TO_LOOK) {
      stillWanted.run();
    }
  }

  /** The position after one more byte; one without stacks when no text of the form goes on so. */
  Position next(Position position, int value) {
    Stack[] readings = open(position);
    step(1 + readings.length / COMPARISONS);
    List<Stack> result = new ArrayList<>(2);
    mark++;
    for (Stack stack : readings) {
      Stack after = after(stack, value);
      if (after != null && after.mark != mark && after.least < Leasts.ENDLESS) {
        after.mark = mark;
        result.add(after);
      }
    }
    return position(result);
  }

  /** What has to follow after a byte; null when the byte does not fit. */
  private @Nullable Stack after(Stack stack, int value) {
    Stack below = stack.below();
    if (stack.top instanceof Bytes bytes) {
      return bytes.has(value) ? below : null;
    }
    Words words = (Words) stack.form();
    int place = stack.place();
    int from = words.firstFrom(stack.from(), stack.to(), place, value);
    int to = words.firstFrom(from, stack.to(), place, value + 1);
    if (from == to) {
      return null;
    }
    return from + 1 == to && words.get(from).length == place + 1
        ? below
        : stack(words, Stack.words(from, to, place + 1), below);
  }

  /** The stacks of a position with bytes or words on top: one of them takes the next byte. */
  private Stack[] open(Position position) {
    if (position.open != null) {
      return position.open;
    }
    mark++;
    Deque<Stack> todo = new ArrayDeque<>(position.stacks);
    List<Stack> open = new ArrayList<>();
    while (!todo.isEmpty()) {
      Stack stack = todo.pop();
      if (stack.mark == mark || stack.least >= Leasts.ENDLESS || stack == end) {
        continue;
      }
      stack.mark = mark;
      step(1);
      expand(stack, todo, open);
      if (open.size() > MOST_READINGS) {
        throw new SchemaException(
            "#", "can be read in more than %d ways at once".formatted(MOST_READINGS));
      }
    }
    position.open = open.toArray(Stack[]::new);
    keep(position.open.length);
    return position.open;
  }

  private void expand(Stack stack, Deque<Stack> todo, List<Stack> open) {
    Stack below = stack.below();
    switch (stack.form()) {
      case Bytes _ -> open.add(stack);
      case Words words -> {
        int from = stack.from();
        if (words.get(from).length > stack.place()) {
          open.add(stack);
        } else {
          // The shortest of these words ends here.
          todo.push(below);
          if (from + 1 < stack.to()) {
            open.add(stack(words, Stack.words(from + 1, stack.to(), stack.place()), below));
          }
        }
      }
      case Sequence sequence -> {
        int part = (int) stack.at;
        if (part == sequence.parts().size()) {
          todo.push(below);
        } else {
          boolean last = part + 1 == sequence.parts().size();
          Stack rest = last ? below : stack(sequence, part + 1, below);
          todo.push(stack(sequence.parts().get(part), rest));
        }
      }
      case Choice choice -> choice.alternatives().forEach(one -> todo.push(stack(one, below)));
      case Repeat repeat -> {
        long times = stack.at;
        if (repeat.most() == Form.UNBOUNDED) {
          Stack rest = stack(repeat, Math.min(times + 1, repeat.fewest()), below);
          todo.push(stack(repeat.form(), rest));
        } else if (times < repeat.most()) {
          Stack rest = times + 1 == repeat.most() ? below : stack(repeat, times + 1, below);
          todo.push(stack(repeat.form(), rest));
        }
        if (times >= repeat.fewest()) {
          todo.push(below);
        }
      }
      case Reference reference -> todo.push(stack(reference.target(), below));
    }
  }

  private Stack stack(Form top, Stack below) {
    return stack(top, top instanceof Words words ? Stack.words(0, words.count(), 0) : 0, below);
  }

  private Stack stack(Form top, long at, Stack below) {
    long least = Math.min(least(top, at) + below.least, Leasts.ENDLESS);
    Stack stack = new Stack(top, at, below, least);
    Stack known = stacks.putIfAbsent(stack, stack);
    if (known != null) {
      return known;
    }
    keep(1);
    return stack;
  }

  private long least(Form form, long at) {
    return switch (form) {
      case Words words -> {
        int from = Stack.from(at);
        int shortest =
            from == 0 && Stack.to(at) == words.count()
                ? (int) leasts.of(words)
                : words.shortest(from, Stack.to(at));
        yield shortest - Stack.place(at);
      }
      case Sequence sequence -> leasts.of(sequence, (int) at);
      case Repeat repeat when at < repeat.fewest() ->
          Math.min((repeat.fewest() - at) * leasts.of(repeat.form()), Leasts.ENDLESS);
      case Repeat _ -> 0;
      default -> leasts.of(form);
    };
  }

  private Position position(List<Stack> stacks) {
    Position position = new Position(this, stacks);
    Position known = positions.putIfAbsent(position, position);
    if (known != null) {
      return known;
    }
    keep(Position.VALUES + stacks.size());
    return position;
  }

  /** Objects that are forgotten go on to be used; they only may get twins. */
  private void keep(int references) {
    kept += references;
    if (kept > MOST_KEPT) {
      kept = 0;
      stacks.clear();
      positions.clear();
    }
  }
}
