package dev.rwkvx.server.grammar;

import dev.rwkvx.generate.TokenConstraint;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets a text be of a form: before each token all those are taken out with which it could not go
 * on, or could not be complete before the last token that may be drawn. (Each byte of the rest may
 * need a token of its own.)
 */
final class FormConstraint implements TokenConstraint {
  /** Positions whose tokens are remembered; within strings they come again and again. */
  private static final int REMEMBERED = 16;

  private final Automaton automaton;
  private final TokenOrder order;
  private final Set<Integer> stopTokens;
  private final Deque<Choice> choices = new ArrayDeque<>();
  private @Nullable Position position;

  /**
   * The tokens that may follow a position.
   *
   * @param longest the least bytes that complete the text after the worst of them
   */
  private record Choice(Position position, BitSet tokens, long longest) {}

  FormConstraint(Automaton automaton, TokenOrder order, Set<Integer> stopTokens) {
    this.automaton = automaton;
    this.order = order;
    this.stopTokens = stopTokens;
    position = automaton.start();
  }

  @Override
  public void mask(float[] logits, int left) {
    Position now = position;
    if (now == null) {
      throw new IllegalStateException("the text has left its form");
    }
    automaton.begin();
    // A stop token takes one more.
    long rest = left - 2L;
    Choice choice = choice(now);
    BitSet allowed = choice.longest <= rest ? choice.tokens : completable(now, rest);
    if (allowed.isEmpty()) {
      // Too late to be complete.
      allowed = choice.tokens;
    }
    for (int id = allowed.nextClearBit(0); id < logits.length; id = allowed.nextClearBit(id + 1)) {
      logits[id] = Float.NEGATIVE_INFINITY;
    }
  }

  private Choice choice(Position now) {
    for (Iterator<Choice> all = choices.iterator(); all.hasNext(); ) {
      Choice choice = all.next();
      if (choice.position.equals(now)) {
        all.remove();
        choices.addFirst(choice);
        return choice;
      }
    }
    BitSet tokens = new BitSet();
    long[] longest = new long[1];
    order.allowed(
        now,
        (id, after) -> {
          tokens.set(id);
          longest[0] = Math.max(longest[0], after.least());
        });
    stop(tokens, now);
    Choice choice = new Choice(now, tokens, longest[0]);
    choices.addFirst(choice);
    if (choices.size() > REMEMBERED) {
      choices.removeLast();
    }
    return choice;
  }

  private BitSet completable(Position now, long rest) {
    BitSet tokens = new BitSet();
    order.allowed(
        now,
        (id, after) -> {
          if (after.least() <= rest) {
            tokens.set(id);
          }
        });
    stop(tokens, now);
    return tokens;
  }

  /** A text may stop where it is complete, and only there. */
  private void stop(BitSet tokens, Position now) {
    stopTokens.forEach(id -> tokens.set(id, now.least() == 0));
  }

  @Override
  public void accept(int token) {
    automaton.begin();
    position = order.after(position, token);
  }
}
