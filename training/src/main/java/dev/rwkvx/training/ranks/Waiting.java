package dev.rwkvx.training.ranks;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits for other processes: awake for a moment, then in short naps. While rank 0 saves, the
 * processors of the others are free.
 */
final class Waiting {
  private static final long AWAKE_NANOS = 1_000_000;
  private static final long NAP_NANOS = 50_000;

  private Waiting() {}

  static void until(BooleanSupplier done) {
    long start = System.nanoTime();
    while (!done.getAsBoolean()) {
      if (System.nanoTime() - start < AWAKE_NANOS) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(NAP_NANOS);
      }
    }
  }
}
