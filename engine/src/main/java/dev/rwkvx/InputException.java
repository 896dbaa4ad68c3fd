package dev.rwkvx;

/**
 * The user's input (a file, an option, a prompt) cannot be used.
 *
 * <p>The message is one clear sentence that names the file or option, what was found and what was
 * expected. Applications print it as it is and exit with code 2; it is never a defect of the
 * program. What it quotes can neither steer a terminal nor flood it: control characters are
 * replaced, and of a message beyond all measure the middle is left out.
 */
public sealed class InputException extends RuntimeException permits UnreadableException {
  private static final long serialVersionUID = 1L;

  private static final int LONGEST = 2000;

  /**
   * A mistake in what the program was given.
   *
   * @param message one sentence for a person: the file or option, what was found, what was expected
   */
  public InputException(String message) {
    super(Printable.excerpt(message, LONGEST));
  }

  /**
   * A mistake in what the program was given.
   *
   * @param message one sentence for a person: the file or option, what was found, what was expected
   * @param cause what the mistake led to
   */
  public InputException(String message, Throwable cause) {
    super(Printable.excerpt(message, LONGEST), cause);
  }
}
