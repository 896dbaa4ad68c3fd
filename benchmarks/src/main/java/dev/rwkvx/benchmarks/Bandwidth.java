package dev.rwkvx.benchmarks;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The rate of reading memory, to be measured again right beside each result that is compared with
 * it: on shared machines it drifts by a factor of two within minutes.
 */
public final class Bandwidth implements AutoCloseable {
  /** Far larger than any cache. */
  private static final long BYTES = 512L << 20;

  /** Small parts: a worker that is put aside must not decide the result. */
  private static final int PARTS = 256;

  private static final int PASSES = 3;

  private final Kernels kernels;
  private final Workers workers;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final float[] sink;

  /** Takes 512 MiB of memory and {@code threads} threads. */
  public Bandwidth(Kernels kernels, int threads) {
    this.kernels = kernels;
    workers = new Workers(threads);
    sink = new float[threads * 64];
    // Filled, because untouched pages all share one page of zeros, which the cache holds.
    memory = arena.allocate(BYTES, 64).fill((byte) 1);
  }

  /** Bytes per second now; the best of three passes, some 40 milliseconds. */
  public double measure() {
    long part = BYTES / PARTS;
    double best = 0;
    for (int i = 0; i < PASSES; i++) {
      long start = System.nanoTime();
      workers.run(
          PARTS, (p, worker) -> sink[worker * 64] += kernels.readAll(memory, p * part, part));
      best = Math.max(best, BYTES / ((System.nanoTime() - start) / 1e9));
    }
    return best;
  }

  @Override
  public void close() {
    workers.close();
    arena.close();
  }
}
