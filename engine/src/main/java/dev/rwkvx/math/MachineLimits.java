package dev.rwkvx.math;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What this machine can do, measured now: the limits that results are compared with.
 *
 * @param flops float32 fused multiply-adds from registers, in operations per second (two each)
 * @param bandwidth bytes per second read from memory
 */
public record MachineLimits(double flops, double bandwidth) {
  /** Far larger than any cache. */
  private static final long BYTES = 512L << 20;

  private static final int REPETITIONS = 12;
  private static final int FMA_ROUNDS = 4_000_000;

  /** Measures with all workers; takes about two seconds. The best of several runs counts. */
  public static MachineLimits measure(Kernels kernels, Workers workers) {
    return new MachineLimits(flops(kernels, workers), bandwidth(kernels, workers));
  }

  private static double flops(Kernels kernels, Workers workers) {
    float[] sink = new float[workers.count() * 64];
    double best = 0;
    for (int i = 0; i < REPETITIONS; i++) {
      long start = System.nanoTime();
      workers.run(
          workers.count(),
          (part, worker) -> sink[part * 64] = kernels.fmaChain(FMA_ROUNDS, sink[part * 64]));
      double seconds = (System.nanoTime() - start) / 1e9;
      best = Math.max(best, workers.count() * kernels.fmaChainFlops(FMA_ROUNDS) / seconds);
    }
    return best;
  }

  private static double bandwidth(Kernels kernels, Workers workers) {
    float[] sink = new float[workers.count() * 64];
    try (Arena arena = Arena.ofShared()) {
      // Filled, because untouched pages all share one page of zeros, which the cache holds.
      MemorySegment memory = arena.allocate(BYTES, 64).fill((byte) 1);
      // Small parts: a worker that is put aside must not decide the result.
      int parts = 256;
      long part = BYTES / parts;
      double best = 0;
      for (int i = 0; i < REPETITIONS; i++) {
        long start = System.nanoTime();
        workers.run(
            parts, (p, worker) -> sink[worker * 64] += kernels.readAll(memory, p * part, part));
        best = Math.max(best, BYTES / ((System.nanoTime() - start) / 1e9));
      }
      return best;
    }
  }
}
