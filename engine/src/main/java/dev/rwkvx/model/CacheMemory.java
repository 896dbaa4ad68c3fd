package dev.rwkvx.model;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.Cleaner;
import java.lang.ref.Cleaner.Cleanable;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The memory of all states of a model: counted, limited, and given back for states that nobody
 * closes.
 */
final class CacheMemory {
  /** Below this nobody asks for the limit, which takes a while. */
  private static final long LITTLE = 64L << 20;

  private static final int ATTEMPTS = 5;

  private final Cleaner cleaner = Cleaner.create();
  private final AtomicLong bytes = new AtomicLong();
  private final long little;
  private volatile long limit;

  /**
   * Limited as direct buffers are: by {@code -XX:MaxDirectMemorySize}, or by as much as the heap.
   */
  CacheMemory() {
    this(LITTLE, 0);
  }

  /**
   * For tests.
   *
   * @param little bytes below which the limit does not count
   * @param limit most bytes; 0 for what the JVM says
   */
  CacheMemory(long little, long limit) {
    this.little = little;
    this.limit = limit;
  }

  /** Bytes in memory that the states hold, pages that some share counted once. */
  long bytes() {
    return bytes.get();
  }

  /**
   * Counts bytes that a state is about to take. Where that is too much, states that nobody has any
   * more are looked for first.
   *
   * @throws OutOfMemoryError when they are more than the limit
   */
  void reserve(long size) {
    long after = bytes.addAndGet(size);
    for (int attempt = 1; after > little && after > limit(); attempt++) {
      if (attempt == ATTEMPTS) {
        release(size);
        throw new OutOfMemoryError(
            "Cannot reserve %d bytes for caches (allocated: %d, limit: %d)"
                .formatted(size, after - size, limit()));
      }
      System.gc();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10L << attempt));
      after = bytes.get();
    }
  }

  /** Counts bytes that a state has given back. */
  void release(long size) {
    bytes.addAndGet(-size);
  }

  private long limit() {
    if (limit == 0) {
      String option =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
              .getVMOption("MaxDirectMemorySize")
              .getValue();
      long set = Long.parseLong(option);
      limit = set == 0 ? Runtime.getRuntime().maxMemory() : set;
    }
    return limit;
  }

  /** Memory of a state that keeps all pages where they are. */
  StateMemory resident() {
    return new StateMemory(this, null);
  }

  /**
   * Memory of a state that puts full pages into a file.
   *
   * @throws dev.rwkvx.InputException when no file can be created in {@code folder}
   */
  StateMemory spilling(Path folder) {
    return new StateMemory(this, SpillFile.create(folder));
  }

  /** Closes memory with its state, or when the garbage collector has found that nobody has it. */
  Cleanable closeWith(Object state, StateMemory memory) {
    return cleaner.register(state, memory::close);
  }
}
