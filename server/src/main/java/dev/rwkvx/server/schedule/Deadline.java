package dev.rwkvx.server.schedule;

import java.time.Duration;

/** How long somebody waits for an answer: until a time, or until he goes away. */
public final class Deadline {
  private final long time;
  private volatile boolean cancelled;

  private Deadline(long time) {
    this.time = time;
  }

  /**
   * {@return the deadline of a request that comes now}
   *
   * @param time that it may take
   */
  public static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  /** Nobody waits any more: the work ends before the next token. */
  public void cancel() {
    cancelled = true;
  }

  /** {@return whether nobody waits any more} */
  public boolean cancelled() {
    return cancelled;
  }

  /** {@return whether the time is over} */
  public boolean late() {
    return System.nanoTime() - time > 0;
  }

  /**
   * To be called now and then by work that may take long.
   *
   * @throws PassedException when nobody waits any more or the time is over
   */
  public void check() {
    if (cancelled || late()) {
      throw new PassedException();
    }
  }

  /** The work has no use any more. */
  public static final class PassedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private PassedException() {
      super("nobody waits any more", null, false, false);
    }
  }
}
