package dev.rwkvx;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;

/** Measures what threads allocate. */
public final class Allocation {
  private static final Duration WARM_UP = Duration.ofSeconds(20);

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** The calling thread and all worker threads. */
  public static long[] workingThreads() {
    Thread caller = Thread.currentThread();
    List<Thread> threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread == caller || thread.getName().startsWith("rwkvx-worker"))
            .toList();
    return threads.stream().mapToLong(Thread::threadId).toArray();
  }

  /** Bytes that these threads have allocated since they started. */
  public static long bytes(long[] threads) {
    long bytes = 0;
    for (long thread : threads) {
      bytes += THREADS.getThreadAllocatedBytes(thread);
    }
    return bytes;
  }

  /** What a measured piece of work allocates. */
  public interface Work {
    long bytes();
  }

  /**
   * Repeats work until it allocates nothing: the compiler removes the last allocations only when
   * the code is warm. Fails when that never happens.
   */
  public static void assertVanishes(Work work) {
    long end = System.nanoTime() + WARM_UP.toNanos();
    long bytes = work.bytes();
    while (bytes > 0 && System.nanoTime() < end) {
      bytes = work.bytes();
    }
    assertThat(bytes).as("bytes allocated when warm").isZero();
  }
}
