package dev.rwkvx.training;

/**
 * The learning rate over a budget of tokens: a linear warm-up from 1 % of {@code initial} to all of
 * it, then a way to {@code last}.
 *
 * @param shape how it goes from {@code initial} to {@code last}
 * @param initial the learning rate after the warm-up
 * @param last the learning rate at the end; not used by {@link Shape#CONSTANT}
 * @param warmUp tokens of the warm-up
 * @param total tokens of the whole run
 */
public record Schedule(Shape shape, double initial, double last, long warmUp, long total) {
  private static final double WARM_UP_FROM = 0.01;

  /** The way after the warm-up. */
  public enum Shape {
    /** Stays. */
    CONSTANT,
    /** Goes down evenly. */
    LINEAR,
    /** Half a cosine. */
    COSINE
  }

  /** Checks the ranges. */
  public Schedule {
    if (!(initial > 0) || !(last >= 0) || warmUp < 0 || total < 1) {
      throw new IllegalArgumentException(
          "no schedule: from %s to %s, %d tokens of warm-up of %d"
              .formatted(initial, last, warmUp, total));
    }
  }

  /**
   * {@return the learning rate of the step that begins after {@code tokens} tokens}
   *
   * @param tokens of the steps before
   */
  public double at(long tokens) {
    double warm =
        tokens >= warmUp ? 1 : WARM_UP_FROM + (1 - WARM_UP_FROM) * ((double) tokens / warmUp);
    double progress =
        total <= warmUp ? 1 : Math.clamp((double) (tokens - warmUp) / (total - warmUp), 0, 1);
    double rate =
        switch (shape) {
          case CONSTANT -> initial;
          case LINEAR -> initial + (last - initial) * progress;
          case COSINE -> last + (initial - last) * 0.5 * (1 + Math.cos(Math.PI * progress));
        };
    return warm * rate;
  }
}
