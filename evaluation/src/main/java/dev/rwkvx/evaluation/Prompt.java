package dev.rwkvx.evaluation;

import dev.rwkvx.model.AttentionObserver;
import dev.rwkvx.model.Config;
import java.util.Arrays;
import java.util.Optional;

/** Tokens to read, and what to do with the logits after them. */
public abstract class Prompt {
  /** What {@link #next} gives at the end. */
  public static final int END = -1;

  private final int[] tokens;

  /**
   * Something to read.
   *
   * @param tokens at least one
   */
  protected Prompt(int[] tokens) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("a prompt has at least one token");
    }
    this.tokens = tokens;
  }

  /** {@return what is read first; not a copy} */
  public final int[] tokens() {
    return tokens;
  }

  /**
   * Looks at the logits after the tokens read so far.
   *
   * @param logits one number per id of the vocabulary, valid during the call only
   * @return the token to read next, or {@link #END}
   */
  public abstract int next(float[] logits);

  /**
   * {@return who wants to hear what the sparse blocks attend to, from the prompt's last token on}
   * Asked once, by readers that can tell.
   *
   * @param config sizes of the model
   */
  public Optional<AttentionObserver> observer(Config config) {
    return Optional.empty();
  }

  /** Goes on with the most probable tokens. */
  public static class Greedy extends Prompt {
    private final int[] answer;
    private final int last;
    private int length;

    /**
     * Asks for the most probable answer.
     *
     * @param tokens what is read first; not copied
     * @param most tokens to add, at least one
     * @param last the token that ends an answer early and is no part of it, or {@link #END}
     */
    public Greedy(int[] tokens, int most, int last) {
      super(tokens);
      answer = new int[most];
      this.last = last;
    }

    @Override
    public final int next(float[] logits) {
      int token = mostProbable(logits);
      if (token == last) {
        return END;
      }
      answer[length++] = token;
      return length == answer.length ? END : token;
    }

    /** {@return what was added} */
    public final int[] answer() {
      return Arrays.copyOf(answer, length);
    }
  }

  /** Goes on with given tokens, whatever the model says of them. */
  public static class Forced extends Prompt {
    private final int[] continuation;
    private int at;
    private double logProbability;
    private int predicted;

    /**
     * Asks how probable a given continuation is.
     *
     * @param tokens what is read first; not copied
     * @param continuation at least one token
     */
    public Forced(int[] tokens, int[] continuation) {
      super(tokens);
      this.continuation = continuation;
    }

    @Override
    public final int next(float[] logits) {
      int token = continuation[at++];
      predicted += token == mostProbable(logits) ? 1 : 0;
      logProbability -= CrossEntropy.of(logits, 0, logits.length, token);
      return at == continuation.length ? END : token;
    }

    /** {@return the logarithm of the probability of all given tokens} */
    public final double logProbability() {
      return logProbability;
    }

    /** {@return how many of them were the most probable one behind all before} */
    public final int predicted() {
      return predicted;
    }

    /** {@return whether each of them was} */
    public final boolean isGreedy() {
      return predicted == continuation.length;
    }
  }

  /** The first of the ids with the highest logit. */
  static int mostProbable(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      best = logits[id] > logits[best] ? id : best;
    }
    return best;
  }
}
