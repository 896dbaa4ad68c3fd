package dev.rwkvx.evaluation;

import java.util.function.IntUnaryOperator;

/** Finds how much filler makes a prompt as long as it may be. */
final class Fit {
  /** What fitted last, where the next search begins. */
  private int guess = 1;

  /**
   * A number of units with which a prompt fits, while one more does not; −1 where none fits. Tokens
   * are taken to grow with units about evenly, so that a few looks suffice; looks, too, are fewest
   * for prompts of one length after another.
   *
   * @param tokens of a prompt with so many units
   * @param limit the most tokens
   * @param most units
   */
  int largest(IntUnaryOperator tokens, int limit, int most) {
    int fits = 0;
    long fitting = tokens.applyAsInt(0);
    if (fitting > limit) {
      return -1;
    }
    int exceeds = most + 1;
    double estimate = guess;
    while (exceeds - fits > 1) {
      int next = (int) Math.clamp(estimate, fits + 1, exceeds - 1);
      long found = tokens.applyAsInt(next);
      double perUnit = Math.max(1e-3, (double) (found - fitting) / (next - fits));
      if (found <= limit) {
        fits = next;
        fitting = found;
      } else {
        exceeds = next;
      }
      estimate = fits + (limit - fitting) / perUnit;
    }
    guess = Math.max(1, fits);
    return fits;
  }
}
