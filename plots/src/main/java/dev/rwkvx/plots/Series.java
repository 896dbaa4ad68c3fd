package dev.rwkvx.plots;

import java.util.Arrays;

/**
 * A line of a {@link Chart}.
 *
 * @param name for the legend
 * @param x places
 * @param y as many values
 */
public record Series(String name, double[] x, double[] y) {
  /** Checks that each x has its y. */
  public Series {
    if (x.length != y.length) {
      throw new IllegalArgumentException(x.length + " places for " + y.length + " values");
    }
  }

  /**
   * {@return the means of neighbours, as many together as leaves no more than {@code most} points;
   * this line if it has no more}
   */
  Series averaged(int most) {
    if (x.length <= most) {
      return this;
    }
    double[] places = new double[most];
    double[] values = new double[most];
    for (int i = 0; i < most; i++) {
      int from = (int) ((long) i * x.length / most);
      int to = (int) ((i + 1L) * x.length / most);
      places[i] = Arrays.stream(x, from, to).average().orElseThrow();
      values[i] = Arrays.stream(y, from, to).average().orElseThrow();
    }
    return new Series(name, places, values);
  }
}
