package dev.rwkvx.training.tasks;

import java.util.SplittableRandom;

/** The values that documents hide. */
public final class Keys {
  private static final int HELD_OUT = 10;

  private Keys() {}

  /**
   * {@return whether a number never occurs in tasks to train on, so that evaluations may use it:
   * about one in ten does not}
   *
   * @param number 0 or more
   */
  public static boolean isHeldOut(long number) {
    return new SplittableRandom(number).nextInt(HELD_OUT) == 0;
  }

  /** A number with so many digits that is not held out. */
  static String number(SplittableRandom random, int digits) {
    long first = 1;
    for (int i = 1; i < digits; i++) {
      first *= 10;
    }
    long number;
    do {
      number = random.nextLong(first, 10 * first);
    } while (isHeldOut(number));
    return Long.toString(number);
  }

  static String uuid(SplittableRandom random) {
    String digits = "%016x%016x".formatted(random.nextLong(), random.nextLong());
    return String.join(
        "-",
        digits.substring(0, 8),
        digits.substring(8, 12),
        digits.substring(12, 16),
        digits.substring(16, 20),
        digits.substring(20));
  }
}
