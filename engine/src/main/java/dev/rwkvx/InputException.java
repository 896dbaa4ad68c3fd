package dev.rwkvx;

/**
 * The user's input (a file, an option, a prompt) cannot be used.
 *
 * <p>The message is one clear sentence that names the file or option, what was found and what was
 * expected. Applications print it as it is and exit with code 2; it is never a defect of the
 * program.
 */
public sealed class InputException extends RuntimeException permits UnreadableException {
  private static final long serialVersionUID = 1L;

  /**
   * A mistake in what the program was given.
   *
   * @param message one sentence for a person: the file or option, what was found, what was expected
   */
  public InputException(String message) {
    super(message);
  }

  /**
   * A mistake in what the program was given.
   *
   * @param message one sentence for a person: the file or option, what was found, what was expected
   * @param cause what the mistake led to
   */
  public InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
