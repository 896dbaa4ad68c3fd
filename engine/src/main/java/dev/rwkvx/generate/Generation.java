package dev.rwkvx.generate;

/**
 * How a generation went.
 *
 * @param end why it ended
 * @param promptTokens tokens of the prompt that were read
 * @param promptNanoseconds time to read them
 * @param tokens tokens generated, without a stop token
 * @param nanoseconds time to generate them
 */
public record Generation(
    End end, int promptTokens, long promptNanoseconds, int tokens, long nanoseconds) {
  /** Why a generation ended. */
  public enum End {
    /** A stop token was drawn, such as the end of the document. */
    STOP_TOKEN,
    /** A stop string came up in the text. */
    STOP_STRING,
    /** The limit of tokens was reached. */
    LENGTH,
    /** The caller asked to stop; with no tokens generated, while the prompt was being read. */
    CANCELLED
  }

  /** {@return tokens of the prompt per second} */
  public double promptRate() {
    return rate(promptTokens, promptNanoseconds);
  }

  /** {@return generated tokens per second} */
  public double rate() {
    return rate(tokens, nanoseconds);
  }

  private static double rate(int tokens, long nanoseconds) {
    return nanoseconds == 0 ? 0 : tokens * 1e9 / nanoseconds;
  }
}
