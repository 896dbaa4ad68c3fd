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
  /** All processors, the fastest kernels, chunk size and top-k as the checkpoint says. */
  public static ModelOptions defaults() {
    return new ModelOptions(
        OptionalInt.empty(),
        OptionalInt.empty(),
        Runtime.getRuntime().availableProcessors(),
        KernelProvider.best());
  }

  public ModelOptions withChunkSize(int size) {
    return new ModelOptions(OptionalInt.of(size), topK, threads, kernels);
  }

  public ModelOptions withTopK(int chunks) {
    return new ModelOptions(chunkSize, OptionalInt.of(chunks), threads, kernels);
  }

  public ModelOptions withThreads(int count) {
    return new ModelOptions(chunkSize, topK, count, kernels);
  }

  public ModelOptions withKernels(Kernels chosen) {
    return new ModelOptions(chunkSize, topK, threads, chosen);
  }
}
