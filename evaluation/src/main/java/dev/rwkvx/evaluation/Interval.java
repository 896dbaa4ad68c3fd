package dev.rwkvx.evaluation;

import java.util.Locale;

/**
 * Where a share lies that was seen in some trials, with 95 % confidence (Wilson 1927): unlike the
 * usual ±, it stays between 0 and 1, and all right out of few still leaves room for errors.
 *
 * @param low its lower end
 * @param high its upper end
 */
public record Interval(double low, double high) {
  /** The normal distribution has 95 % of its mass this many deviations around its mean. */
  private static final double Z = 1.959963984540054;

  /**
   * {@return the interval of a share}
   *
   * @param share of trials that went well, from 0 to 1; of scores between 0 and 1, their mean, for
   *     which the interval is wider than it need be
   * @param trials independent ones; without any, the share may be anything
   */
  public static Interval of(double share, long trials) {
    if (trials == 0) {
      return new Interval(0, 1);
    }
    double n = trials;
    double centre = share + Z * Z / (2 * n);
    double half = Z * Math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n));
    double scale = 1 + Z * Z / n;
    return new Interval(Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale));
  }

  /** A share with its interval, such as {@code 87 % (74-94)}. */
  static String percent(double share, long trials, int decimals) {
    Interval interval = of(share, trials);
    String number = "%." + decimals + "f";
    return String.format(
        Locale.ROOT,
        "%1$s %%%% (%1$s-%1$s)".formatted(number),
        100 * share,
        100 * interval.low,
        100 * interval.high);
  }
}
