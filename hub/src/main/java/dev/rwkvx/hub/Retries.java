package dev.rwkvx.hub;

import java.io.IOException;
import java.time.Duration;

/** Counts attempts that failed in a row, and waits longer after each. */
final class Retries {
  /** Beyond this a user would rather come back. */
  private static final Duration LONGEST_WANTED = Duration.ofMinutes(10);

  private final Patience patience;
  private final int attempts;
  private final PullListener listener;
  private int failures;

  Retries(Patience patience, int attempts, PullListener listener) {
    this.patience = patience;
    this.attempts = attempts;
    this.listener = listener;
  }

  /** What a server is asked for. */
  interface Request<T> {
    T send() throws IOException, InterruptedException;
  }

  /**
   * Sends a request until it is answered.
   *
   * @throws IOException when it failed too often, or for good
   */
  <T> T until(Request<T> request) throws IOException, InterruptedException {
    while (true) {
      try {
        return request.send();
      } catch (TransientException failure) {
        failed(failure);
      }
    }
  }

  /** Something came forward: failures before do not count any more. */
  void progressed() {
    failures = 0;
  }

  /**
   * Waits after a failure.
   *
   * @throws IOException when there were too many in a row
   */
  void failed(TransientException failure) throws IOException, InterruptedException {
    failures++;
    if (failures >= attempts || failure.wanted().compareTo(LONGEST_WANTED) > 0) {
      throw new IOException(
          "%s; gave up after %d %s"
              .formatted(
                  failure.getMessage(), failures, failures == 1 ? "attempt" : "attempts in a row"),
          failure);
    }
    Duration wait = wait(failure);
    listener.note("%s; trying again in %d s".formatted(failure.getMessage(), wait.toSeconds()));
    Thread.sleep(wait);
  }

  private Duration wait(TransientException failure) {
    Duration doubled = patience.firstWait().multipliedBy(1L << Math.min(failures - 1, 30));
    Duration usual =
        doubled.compareTo(patience.longestWait()) < 0 ? doubled : patience.longestWait();
    return usual.compareTo(failure.wanted()) > 0 ? usual : failure.wanted();
  }
}
