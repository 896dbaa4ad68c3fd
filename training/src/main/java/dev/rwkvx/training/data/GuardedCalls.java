package dev.rwkvx.training.data;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Calls of a library that may do anything over a damaged file: wait for threads that have died, run
 * out of stack or ask for more memory than there is. They run on a thread of their own, one after
 * another, and whatever becomes of them is a {@link Failure}.
 */
final class GuardedCalls implements AutoCloseable {
  /** What became of a call; the message is for a person. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    Failure(@Nullable String message, Throwable cause) {
      super(message, cause);
    }
  }

  private final Duration limit;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());

  /**
   * @param limit how long a call may take; far more than it needs, as clocks know nothing of work
   */
  GuardedCalls(Duration limit) {
    this.limit = limit;
  }

  <T extends @Nullable Object> T call(Callable<T> call) throws Failure {
    Future<T> result = thread.submit(call);
    try {
      return result.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNull(e.getCause());
      throw new Failure(describe(cause), cause);
    } catch (TimeoutException e) {
      result.cancel(true);
      throw new Failure("nothing came of it in " + limit.toSeconds() + " seconds", e);
    } catch (InterruptedException e) {
      result.cancel(true);
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new InterruptedIOException());
    }
  }

  private static @Nullable String describe(Throwable cause) {
    return switch (cause) {
      case StackOverflowError _ -> "it is nested too deeply";
      case OutOfMemoryError e -> "it asks for too much memory (" + e.getMessage() + ")";
      default -> cause.getMessage() == null ? cause.toString() : cause.getMessage();
    };
  }

  /** Gives up on a call that did not end; the process does not wait for it. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
