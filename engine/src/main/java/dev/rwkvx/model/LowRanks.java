package dev.rwkvx.model;

/**
 * Inner sizes of the low-rank pairs of an RWKV-7 block; D in MODEL.md.
 *
 * @param decay of w1 and w2
 * @param rate of a1 and a2
 * @param value of v1 and v2
 * @param gate of g1 and g2
 */
public record LowRanks(int decay, int rate, int value, int gate) {
  /** Checks that all sizes are positive. */
  public LowRanks {
    if (Math.min(Math.min(decay, rate), Math.min(value, gate)) < 1) {
      throw new IllegalArgumentException("low-rank sizes below 1");
    }
  }

  /**
   * {@return all four the same}
   *
   * @param size inner size of each pair, at least 1
   */
  public static LowRanks all(int size) {
    return new LowRanks(size, size, size, size);
  }

  /**
   * {@return those of the published models, each max(32, round(f/32)·32)}
   *
   * @param embedding width of the residual stream; C
   */
  public static LowRanks of(int embedding) {
    double root = Math.sqrt(embedding);
    return new LowRanks(
        rounded(1.8 * root),
        rounded(1.8 * root),
        rounded(1.3 * root),
        rounded(0.6 * Math.pow(embedding, 0.8)));
  }

  private static int rounded(double size) {
    return Math.max(32, (int) Math.round(size / 32) * 32);
  }
}
