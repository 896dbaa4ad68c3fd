package dev.rwkvx.plots;

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
}
