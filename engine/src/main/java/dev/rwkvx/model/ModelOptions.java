package dev.rwkvx.model;

import dev.rwkvx.math.KernelProvider;
import dev.rwkvx.math.Kernels;
import java.util.OptionalInt;

/**
 * How to run a model.
 *
 * @param chunkSize overrides the chunk size that the checkpoint states
 * @param topK overrides the checkpoint's chunks per query
 * @param threads worker threads, the caller's included
 * @param kernels scalar or vector
 */
public record ModelOptions(OptionalInt chunkSize, OptionalInt topK, int threads, Kernels kernels) {
  /** {@return all processors, the fastest kernels, chunk size and top-k as the checkpoint says} */
  public static ModelOptions defaults() {
    return new ModelOptions(
        OptionalInt.empty(),
        OptionalInt.empty(),
        Runtime.getRuntime().availableProcessors(),
        KernelProvider.best());
  }

  /**
   * {@return these options with a chunk size of the sparse attention, whatever the checkpoint says}
   *
   * @param size keys per chunk; B in the papers
   */
  public ModelOptions withChunkSize(int size) {
    return new ModelOptions(OptionalInt.of(size), topK, threads, kernels);
  }

  /**
   * {@return these options with a top-k of the sparse attention, whatever the checkpoint says}
   *
   * @param chunks chunks that a query attends to, its own included
   */
  public ModelOptions withTopK(int chunks) {
    return new ModelOptions(chunkSize, OptionalInt.of(chunks), threads, kernels);
  }

  /**
   * {@return these options with a number of threads; it changes no result}
   *
   * @param count threads that compute, the caller's included; at least 1
   */
  public ModelOptions withThreads(int count) {
    return new ModelOptions(chunkSize, topK, count, kernels);
  }

  /**
   * {@return these options with other kernels}
   *
   * @param chosen scalar or vector ones; see {@link dev.rwkvx.math.KernelProvider}
   */
  public ModelOptions withKernels(Kernels chosen) {
    return new ModelOptions(chunkSize, topK, threads, chosen);
  }
}
