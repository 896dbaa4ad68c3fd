package dev.rwkvx.server.api;

import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.server.http.Client;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A few threads that find out what requests say, so that the threads of connections are free to
 * answer others however long that takes. Small requests do not wait for large ones.
 */
final class Parsers implements AutoCloseable {
  /** Bytes of a small request. */
  private static final int SMALL = 1 << 16;

  private static final int SMALL_THREADS = 2;
  private static final int SMALL_WAITING = 512;
  private static final int LARGE_WAITING = 32;

  private final ThreadPoolExecutor small = threads("small", SMALL_THREADS, SMALL_WAITING);
  private final ThreadPoolExecutor large = threads("large", 1, LARGE_WAITING);

  private static ThreadPoolExecutor threads(String name, int threads, int waiting) {
    return new ThreadPoolExecutor(
        threads,
        threads,
        0,
        TimeUnit.SECONDS,
        new ArrayBlockingQueue<>(waiting),
        Thread.ofPlatform().daemon().name("rwkvx-parser-" + name).factory());
  }

  /**
   * Waits for work to be done.
   *
   * @param bytes of the request
   * @throws ApiException 503 when too much waits already
   */
  <T> T call(long bytes, Callable<T> work) {
    Future<T> result;
    try {
      result = (bytes <= SMALL ? small : large).submit(work);
    } catch (RejectedExecutionException e) {
      throw ApiException.unavailable(
          "server_busy", "Too many requests have come at once; try again in a moment");
    }
    try (Client.Watch _ = Client.current().whenGone(() -> result.cancel(true))) {
      return result.get();
    } catch (ExecutionException e) {
      throw unchecked(Objects.requireNonNull(e.getCause()));
    } catch (CancellationException e) {
      throw ApiException.unavailable("server_busy", "The client has gone");
    } catch (InterruptedException e) {
      result.cancel(true);
      Thread.currentThread().interrupt();
      throw ApiException.late("The server is being closed");
    }
  }

  private static RuntimeException unchecked(Throwable failure) {
    return switch (failure) {
      case RuntimeException known -> known;
      // Such as a full stack or heap: a matter of this request alone.
      default -> new IllegalStateException("a request could not be read", failure);
    };
  }

  @Override
  public void close() {
    small.shutdownNow();
    large.shutdownNow();
  }
}
