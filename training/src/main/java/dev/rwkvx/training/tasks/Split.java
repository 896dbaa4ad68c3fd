package dev.rwkvx.training.tasks;

import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Which names, values and sentences may be used: those of the documents to train on, or those that
 * are kept for evaluations. The two have nothing in common.
 */
public enum Split {
  /** For documents to train on. */
  TRAINING,
  /** Never in documents to train on. */
  HELD_OUT;

  private static final int SHARE = 10;

  /**
   * Tells where a name or value belongs: one in ten is held out. Spelling makes no difference:
   * {@code amber falcon}, {@code Amber-Falcon} and {@code the amber falcon} belong together.
   *
   * @param text a name, or a value other than a number
   * @return its side
   */
  public static Split of(String text) {
    return of(plain(text).hashCode());
  }

  /** Letters and digits of a name alone: names that differ in nothing else are the same. */
  static String plain(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    StringBuilder plain = new StringBuilder();
    lower
        .substring(lower.startsWith("the ") ? 4 : 0)
        .chars()
        .filter(Character::isLetterOrDigit)
        .forEach(c -> plain.append((char) c));
    return plain.toString();
  }

  /**
   * Tells where a number belongs: one in ten is held out.
   *
   * @param number 0 or more
   * @return its side
   */
  public static Split of(long number) {
    return new SplittableRandom(number).nextInt(SHARE) == 0 ? HELD_OUT : TRAINING;
  }
}
