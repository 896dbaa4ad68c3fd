package dev.rwkvx.spark;

import dev.rwkvx.InputException;

/** Lengths of texts. */
final class Tokens {
  private Tokens() {}

  /**
   * @throws InputException when a text is longer than the job allows
   */
  static void requireAtMost(int longest, int found) {
    if (found > longest) {
      throw new InputException(
          "the text has %d tokens; expected at most %d (--longest)".formatted(found, longest));
    }
  }
}
