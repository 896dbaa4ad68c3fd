package dev.rwkvx.hub;

import java.io.IOException;
import java.time.Duration;

/** A failure that may be gone on the next attempt. */
final class TransientException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Duration wanted;

  TransientException(String message) {
    this(message, Duration.ZERO);
  }

  /**
   * @param wanted the time that the server wants to be left alone
   */
  TransientException(String message, Duration wanted) {
    super(message);
    this.wanted = wanted;
  }

  TransientException(String message, Throwable cause) {
    super(message, cause);
    wanted = Duration.ZERO;
  }

  Duration wanted() {
    return wanted;
  }
}
