package dev.rwkvx.evaluation;

import dev.rwkvx.math.KernelProvider;
import dev.rwkvx.math.Kernels;
import java.util.Arrays;

/** −log softmax(logits)[target], in nats. */
final class CrossEntropy {
  private static final Kernels KERNELS = KernelProvider.best();

  private CrossEntropy() {}

  /**
   * Of a row of logits.
   *
   * @param logits of which {@code count} from {@code at} on are the row
   */
  static double of(float[] logits, int at, int count, int target) {
    float[] row = Arrays.copyOfRange(logits, at, at + count);
    float max = KERNELS.max(row, 0, count);
    return Math.log(KERNELS.expSum(row, 0, count, max, 1f)) + max - logits[at + target];
  }
}
