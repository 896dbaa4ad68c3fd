package dev.rwkvx.server.api;

import dev.rwkvx.server.http.ApiException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory that requests have to share. They take from it what they will need at most, before they
 * make anything: so it is a request that is refused, and not the server that fails, when there are
 * too many or too large ones.
 */
final class Allowance {
  private final long total;
  private final AtomicLong taken = new AtomicLong();

  /**
   * @param total bytes
   */
  Allowance(long total) {
    this.total = total;
  }

  /** Bytes that are taken. */
  long taken() {
    return taken.get();
  }

  /**
   * Takes memory.
   *
   * @return gives it back when it is closed
   * @throws ApiException 413 when it is more than all there is, 429 when others have too much of it
   */
  Lease take(long bytes) {
    Lease lease = new Lease();
    lease.grow(bytes);
    return lease;
  }

  /** What one request has taken. For one thread at a time. */
  final class Lease implements AutoCloseable {
    private long bytes;

    private Lease() {}

    /** Takes more; what was taken stays so when there is not enough. */
    void grow(long more) {
      if (bytes + more > total) {
        throw ApiException.refused(
            413,
            "request_too_large",
            "The request may take %d MiB of memory; requests may take at most %d MiB"
                .formatted(bytes + more >> 20, total >> 20));
      }
      if (taken.addAndGet(more) > total) {
        taken.addAndGet(-more);
        throw ApiException.busy("Other requests take the server's memory; try again in a moment");
      }
      bytes += more;
    }

    @Override
    public void close() {
      taken.addAndGet(-bytes);
      bytes = 0;
    }
  }
}
