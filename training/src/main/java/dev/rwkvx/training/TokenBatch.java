package dev.rwkvx.training;

import dev.rwkvx.InputException;
import java.util.Arrays;

/**
 * Sequences of equal length, each read from a new state, and what should follow each token.
 *
 * @param sequences B
 * @param length T
 * @param inputs token ids, sequence after sequence. [B·T]
 * @param targets the ids to predict, placed like the inputs
 * @param resets where the WKV states of each sequence are replaced
 */
public record TokenBatch(int sequences, int length, int[] inputs, int[] targets, Resets[] resets) {
  /** Checks that lengths agree. */
  public TokenBatch {
    if (sequences < 1 || length < 1) {
      throw new IllegalArgumentException("a batch needs sequences and tokens");
    }
    int tokens = Math.multiplyExact(sequences, length);
    if (inputs.length != tokens || targets.length != tokens || resets.length != sequences) {
      throw new IllegalArgumentException(
          "expected %d inputs and targets, found %d and %d; resets for %d of %d sequences"
              .formatted(tokens, inputs.length, targets.length, resets.length, sequences));
    }
    for (Resets sequence : resets) {
      if (sequence.last() >= length) {
        throw new IllegalArgumentException(
            "a reset lies outside the %d tokens of its sequence: %s".formatted(length, sequence));
      }
    }
  }

  /**
   * Without resets.
   *
   * @param sequences B
   * @param length tokens of each; T
   * @param inputs token ids. [B·T]
   * @param targets the ids that follow them. [B·T]
   */
  public TokenBatch(int sequences, int length, int[] inputs, int[] targets) {
    this(sequences, length, inputs, targets, none(sequences));
  }

  /**
   * {@return a batch in which every token is to predict the next one of its sequence, of T + 1
   * tokens each}
   *
   * @param sequences token ids, by sequence
   */
  public static TokenBatch of(int[][] sequences) {
    int length = sequences[0].length - 1;
    int[] inputs = new int[sequences.length * length];
    int[] targets = new int[inputs.length];
    for (int i = 0; i < sequences.length; i++) {
      if (sequences[i].length != length + 1) {
        throw new IllegalArgumentException("sequences of different lengths");
      }
      System.arraycopy(sequences[i], 0, inputs, i * length, length);
      System.arraycopy(sequences[i], 1, targets, i * length, length);
    }
    return new TokenBatch(sequences.length, length, inputs, targets);
  }

  private static Resets[] none(int sequences) {
    Resets[] none = new Resets[sequences];
    Arrays.fill(none, Resets.NONE);
    return none;
  }

  /**
   * {@return the same tokens with other resets}
   *
   * @param others of each sequence
   */
  public TokenBatch withResets(Resets... others) {
    return new TokenBatch(sequences, length, inputs, targets, others);
  }

  /** {@return B·T} */
  public int tokens() {
    return inputs.length;
  }

  /**
   * Checks all ids.
   *
   * @throws InputException when one lies outside the vocabulary
   */
  void check(int vocabulary) {
    for (int[] ids : new int[][] {inputs, targets}) {
      for (int id : ids) {
        if (id < 0 || id >= vocabulary) {
          throw new InputException(
              "Token id "
                  + id
                  + " is outside the model's vocabulary: expected 0 … "
                  + (vocabulary - 1));
        }
      }
    }
  }
}
