package dev.rwkvx.math;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A parallel-for over a fixed set of threads with sub-microsecond hand-over: the caller is worker
 * 0, the others spin for a short while after each job and then park.
 *
 * <p>One job runs at a time; {@link #run} must not be called by two threads at once. Parts are
 * claimed one by one, so a thread that the system has put aside delays nobody.
 */
public final class Workers implements AutoCloseable {
  private static final long SPIN_NANOS = 100_000;
  private static final int SPINS_BEFORE_YIELD = 2_000;

  private final Helper[] helpers;

  /** The job's number in the upper half, how many parts are still to be claimed in the lower. */
  private final AtomicLong ticket = new AtomicLong();

  private final AtomicInteger finished = new AtomicInteger();
  private volatile @Nullable Throwable failure;
  private volatile boolean closed;
  // Written before a new ticket is published, read after it was seen.
  private @Nullable Job job;
  private int parts;

  /** The thread that runs a job; each looks for itself alone. */
  private @Nullable Thread caller;

  /**
   * Starts {@code count − 1} daemon threads.
   *
   * @throws IllegalArgumentException when {@code count} is less than 1
   */
  public Workers(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("worker count must be at least 1, found " + count);
    }
    helpers = new Helper[count - 1];
    for (int i = 0; i < helpers.length; i++) {
      helpers[i] = new Helper(i + 1);
      helpers[i].start();
    }
  }

  /** How many threads work on a job, the caller's included. */
  public int count() {
    return helpers.length + 1;
  }

  /**
   * Runs all parts and returns when the last is done. What a part throws is thrown here, when no
   * part runs any more; parts that had not begun may be left out then.
   *
   * @throws IllegalStateException when a part of another job calls this
   */
  public void run(int parts, Job job) {
    Thread thread = Thread.currentThread();
    if (thread == caller || thread instanceof Helper helper && helper.isOf(this)) {
      throw new IllegalStateException("a part of a job cannot run another job");
    }
    caller = thread;
    try {
      runParts(parts, job);
    } finally {
      caller = null;
    }
  }

  private void runParts(int parts, Job job) {
    if (parts <= 0) {
      return;
    }
    if (helpers.length == 0 || parts == 1) {
      for (int part = 0; part < parts; part++) {
        job.run(part, 0);
      }
      return;
    }
    this.job = job;
    this.parts = parts;
    finished.set(0);
    long number = (ticket.get() >>> 32) + 1;
    ticket.set(number << 32 | parts);
    for (Helper helper : helpers) {
      helper.wake();
    }
    work(number, 0);
    int spins = 0;
    while (finished.get() < parts) {
      spins = spin(spins);
    }
    this.job = null;
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
      throw rethrow(thrown);
    }
  }

  /** Claims and runs parts of job {@code number} until none is left. */
  private void work(long number, int worker) {
    while (true) {
      long seen = ticket.get();
      int unclaimed = (int) seen;
      if (seen >>> 32 != number || unclaimed == 0) {
        return;
      }
      if (ticket.compareAndSet(seen, seen - 1)) {
        // A job stays current until its last part is finished: having claimed a part of it, this
        // thread reads that job's fields.
        Job current = job;
        try {
          if (current != null) {
            current.run(parts - unclaimed, worker);
          }
        } catch (Throwable t) {
          failure = t;
        } finally {
          finished.incrementAndGet();
        }
      }
    }
  }

  private static int spin(int spins) {
    if (spins < SPINS_BEFORE_YIELD) {
      Thread.onSpinWait();
      return spins + 1;
    }
    Thread.yield();
    return 0;
  }

  private static RuntimeException rethrow(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
    return new IllegalStateException(thrown);
  }

  /** Ends the threads. */
  @Override
  public void close() {
    closed = true;
    for (Helper helper : helpers) {
      LockSupport.unpark(helper);
    }
  }

  private final class Helper extends Thread {
    private final int worker;
    private volatile boolean parked;

    boolean isOf(Workers workers) {
      return workers == Workers.this;
    }

    Helper(int worker) {
      super("rwkvx-worker-" + worker);
      this.worker = worker;
      setDaemon(true);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      long done = 0;
      while (!closed) {
        long number = awaitAfter(done);
        work(number, worker);
        done = number;
      }
    }

    /** Waits for a job with another number than {@code done}: spinning first, then parked. */
    private long awaitAfter(long done) {
      long spinUntil = System.nanoTime() + SPIN_NANOS;
      int spins = 0;
      while (true) {
        long number = ticket.get() >>> 32;
        if (number != done || closed) {
          return number;
        }
        spins = spin(spins);
        if ((spins & 63) == 0 && System.nanoTime() > spinUntil) {
          parked = true;
          if (ticket.get() >>> 32 == done && !closed) {
            LockSupport.park(this);
          }
          parked = false;
          spinUntil = System.nanoTime() + SPIN_NANOS;
        }
      }
    }
  }
}
