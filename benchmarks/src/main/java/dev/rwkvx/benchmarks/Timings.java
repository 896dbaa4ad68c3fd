package dev.rwkvx.benchmarks;

import java.util.Arrays;

/** Order statistics of measured values. */
final class Timings {
  private Timings() {}

  static double median(double... values) {
    return quantile(0.5, values);
  }

  /** The smallest value that at least {@code share} of all values do not exceed. */
  static double quantile(double share, double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(share * sorted.length);
    return sorted[Math.clamp(rank - 1, 0, sorted.length - 1)];
  }
}
