package dev.rwkvx.training.data;

import dev.rwkvx.InputException;

/**
 * How a token stream is made of a corpus.
 *
 * @param shuffle whether the documents come in random order
 * @param seed of that order and of the choice of held-out documents
 * @param repeat how often the documents come, each time in an order of its own when shuffled
 * @param limit reading stops with the document that brings this many tokens
 * @param holdout the share of documents, in [0, 1), that goes to a stream of its own
 */
public record DatasetOptions(boolean shuffle, long seed, int repeat, long limit, double holdout) {
  /** Checks the ranges. */
  public DatasetOptions {
    if (repeat < 1) {
      throw new InputException("The number of repetitions is " + repeat + "; expected 1 or more");
    }
    if (limit < 1) {
      throw new InputException("The limit of tokens is " + limit + "; expected 1 or more");
    }
    if (!(holdout >= 0 && holdout < 1)) {
      throw new InputException(
          "The share of held-out documents is " + holdout + "; expected 0 or more, less than 1");
    }
  }

  /** {@return all documents once, in their order} */
  public static DatasetOptions defaults() {
    return new DatasetOptions(false, 0, 1, Long.MAX_VALUE, 0);
  }

  boolean keepsOrder() {
    return !shuffle && repeat == 1 && holdout == 0;
  }
}
