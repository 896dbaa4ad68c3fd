package dev.rwkvx.cli;

import java.util.concurrent.CountDownLatch;

/**
 * What Ctrl-C and a polite kill do to work that has something to save: they ask it to end, and the
 * process stays until this is closed. The exit code is then the signal's.
 */
final class Interruption implements AutoCloseable {
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::ask);
  private volatile boolean asked;

  /** Begins to watch. */
  Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void ask() {
    asked = true;
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the work should end. */
  boolean asked() {
    return asked;
  }

  @Override
  public void close() {
    ended.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already.
    }
  }
}
