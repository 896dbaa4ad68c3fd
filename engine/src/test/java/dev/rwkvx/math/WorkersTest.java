package dev.rwkvx.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class WorkersTest {
  private static final int MOST_PARTS = 9;

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void everyPartOfManyQuickJobsRunsOnce(int threads) {
    // Plain ints: what the parts wrote must be visible when run returns.
    int[] runs = new int[MOST_PARTS];
    AtomicIntegerArray atWork = new AtomicIntegerArray(threads);
    AtomicInteger clashes = new AtomicInteger();
    Job job =
        (part, worker) -> {
          if (atWork.getAndIncrement(worker) != 0) {
            clashes.incrementAndGet();
          }
          runs[part]++;
          // Long enough for the other threads to get parts, too.
          for (int spin = 0; spin < 10; spin++) {
            Thread.onSpinWait();
          }
          atWork.decrementAndGet(worker);
        };
    try (Workers workers = new Workers(threads)) {
      assertThat(workers.count()).isEqualTo(threads);
      for (int i = 0; i < 100_000; i++) {
        int parts = 1 + i % MOST_PARTS;
        workers.run(parts, job);
        for (int part = 0; part < MOST_PARTS; part++) {
          if (runs[part] != (part < parts ? 1 : 0)) {
            throw new AssertionError("job " + i + ": part " + part + " ran " + runs[part]);
          }
          runs[part] = 0;
        }
      }
    }
    assertThat(clashes).hasValue(0);
  }

  @Test
  void allThreadsTakePartAlsoAfterTheyHaveParked() throws InterruptedException {
    int threads = 3;
    try (Workers workers = new Workers(threads)) {
      for (int i = 0; i < 20; i++) {
        Set<Thread> met = meet(workers);
        assertThat(met).hasSize(threads);
        for (Thread thread : met) {
          while (thread != Thread.currentThread() && thread.getState() != Thread.State.WAITING) {
            LockSupport.parkNanos(100_000);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void whatAPartThrowsSurfacesAndTheNextJobRuns(int threads) {
    try (Workers workers = new Workers(threads)) {
      for (int failing = 0; failing < 5; failing++) {
        for (Throwable thrown :
            new Throwable[] {new IllegalStateException("broken"), new AssertionError("broken")}) {
          int bad = failing;
          assertThatThrownBy(() ->
                  workers.run(
                      5,
                      (part, worker) -> {
                        if (part == bad) {
                          throwUnchecked(thrown);
                        }
                      }))
              .isSameAs(thrown);
          AtomicInteger runs = new AtomicInteger();
          workers.run(7, (part, worker) -> runs.incrementAndGet());
          assertThat(runs).hasValue(7);
        }
      }
    }
  }

  @Test
  void noPartsIsNoWork() {
    AtomicInteger runs = new AtomicInteger();
    try (Workers workers = new Workers(2)) {
      workers.run(0, (part, worker) -> runs.incrementAndGet());
      assertThat(runs).hasValue(0);
      workers.run(2, (part, worker) -> runs.incrementAndGet());
      assertThat(runs).hasValue(2);
    }
  }

  @Test
  void closingEndsTheThreads() throws InterruptedException {
    Set<Thread> busy;
    try (Workers workers = new Workers(4)) {
      busy = meet(workers);
    }
    for (Thread thread : busy) {
      if (thread != Thread.currentThread()) {
        thread.join();
        assertThat(thread.isAlive()).isFalse();
      }
    }
    Workers parked = new Workers(2);
    Set<Thread> idle = meet(parked);
    Thread.sleep(5);
    parked.close();
    for (Thread thread : idle) {
      if (thread != Thread.currentThread()) {
        thread.join();
      }
    }
  }

  @Test
  void threadsAreDaemons() throws InterruptedException {
    try (Workers workers = new Workers(3)) {
      assertThat(meet(workers))
          .filteredOn(thread -> thread != Thread.currentThread())
          .hasSize(2)
          .allMatch(Thread::isDaemon);
    }
  }

  @Test
  void atLeastOneThread() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Workers(0))
        .withMessageContaining("found 0");
  }

  /** Runs a job whose parts wait for each other, so that each thread must take one. */
  private static Set<Thread> meet(Workers workers) {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch all = new CountDownLatch(workers.count());
    workers.run(
        workers.count(),
        (part, worker) -> {
          threads.add(Thread.currentThread());
          all.countDown();
          try {
            all.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    return threads;
  }

  private static void throwUnchecked(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) thrown;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aPartCannotRunAJob(int threads) {
    try (Workers workers = new Workers(threads)) {
      AtomicInteger refused = new AtomicInteger();
      workers.run(
          8,
          (part, worker) -> {
            try {
              workers.run(2, (_, _) -> {});
            } catch (IllegalStateException e) {
              refused.incrementAndGet();
            }
          });
      assertThat(refused.get()).isEqualTo(8);
      workers.run(8, (part, worker) -> refused.incrementAndGet());
      assertThat(refused.get()).isEqualTo(16);
    }
  }
}
