package dev.rwkvx;

/**
 * A file that the system does not hand out: it is gone, permissions forbid it, or its device fails.
 * Its content may be whole.
 */
public final class UnreadableException extends InputException {
  private static final long serialVersionUID = 1L;

  /**
   * A file that cannot be read.
   *
   * @param message one sentence for a person: the file, and what the system says
   */
  public UnreadableException(String message) {
    super(message);
  }

  /**
   * A file that cannot be read.
   *
   * @param message one sentence for a person: the file, and what the system says
   * @param cause what the system says
   */
  public UnreadableException(String message, Throwable cause) {
    super(message, cause);
  }
}
