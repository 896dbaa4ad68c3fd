package dev.rwkvx.training;

import dev.rwkvx.math.KernelProvider;
import dev.rwkvx.math.Kernels;

/**
 * How gradients are computed; the result depends on none of these but the segment, in its last
 * bits.
 *
 * @param threads worker threads, the caller's included
 * @param kernels scalar or vector
 * @param segmentRows about how many tokens of a batch are worked on at once: what memory beyond the
 *     inputs of the blocks is needed for
 */
public record TrainingOptions(int threads, Kernels kernels, int segmentRows) {
  private static final int SEGMENT_ROWS = 2048;

  /** All processors, the fastest kernels. */
  public static TrainingOptions defaults() {
    return new TrainingOptions(
        Runtime.getRuntime().availableProcessors(), KernelProvider.best(), SEGMENT_ROWS);
  }

  public TrainingOptions withThreads(int count) {
    return new TrainingOptions(count, kernels, segmentRows);
  }

  public TrainingOptions withKernels(Kernels chosen) {
    return new TrainingOptions(threads, chosen, segmentRows);
  }

  public TrainingOptions withSegmentRows(int rows) {
    return new TrainingOptions(threads, kernels, rows);
  }
}
