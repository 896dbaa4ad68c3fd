package dev.rwkvx.spark;

import dev.rwkvx.InputException;
import java.util.List;

/** What became of a text. */
sealed interface Outcome {
  /**
   * It went well.
   *
   * @param values of the work's columns
   * @param tokens read and written, for the progress
   */
  record Done(List<Object> values, long tokens) implements Outcome {}

  /**
   * It cannot be used; the others go on.
   *
   * @param error why
   */
  record Failed(String error) implements Outcome {
    static Failed because(InputException failure) {
      return new Failed(String.valueOf(failure.getMessage()));
    }
  }
}
