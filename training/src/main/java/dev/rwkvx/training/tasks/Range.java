package dev.rwkvx.training.tasks;

import dev.rwkvx.InputException;
import java.util.SplittableRandom;

/**
 * Whole numbers from {@code least} to {@code most}.
 *
 * @param least at least 1
 * @param most at least {@code least}
 */
public record Range(int least, int most) {
  /** Checks the order of the two. */
  public Range {
    if (least < 1 || most < least) {
      throw new InputException(
          "The range is %d to %d; expected 1 or more, the smaller number first"
              .formatted(least, most));
    }
  }

  /**
   * {@return a number of the range, each doubling as likely as any other}
   *
   * @param random the source of all that is random
   */
  public int draw(SplittableRandom random) {
    double log = Math.log((most + 1.0) / least) * random.nextDouble();
    return Math.clamp((long) (least * Math.exp(log)), least, most);
  }
}
