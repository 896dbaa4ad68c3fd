package dev.rwkvx.server.schedule;

/** The queue is full; later there will be room. */
public final class BusyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BusyException(int waiting) {
    super("The server is busy: %d requests wait already; try again in a moment".formatted(waiting));
  }
}
