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

  /** {@return all processors, the fastest kernels} */
  public static TrainingOptions defaults() {
    return new TrainingOptions(
        Runtime.getRuntime().availableProcessors(), KernelProvider.best(), SEGMENT_ROWS);
  }

  /**
   * {@return these options with a number of threads; it changes no result}
   *
   * @param count at least 1
   */
  public TrainingOptions withThreads(int count) {
    return new TrainingOptions(count, kernels, segmentRows);
  }

  /**
   * {@return these options with other kernels}
   *
   * @param chosen scalar or vector ones; see {@link dev.rwkvx.math.KernelProvider}
   */
  public TrainingOptions withKernels(Kernels chosen) {
    return new TrainingOptions(threads, chosen, segmentRows);
  }

  /**
   * {@return these options with another length of segments; it changes no result but for rounding}
   *
   * @param rows tokens of a segment: fewer need less memory
   */
  public TrainingOptions withSegmentRows(int rows) {
    return new TrainingOptions(threads, kernels, rows);
  }
}
