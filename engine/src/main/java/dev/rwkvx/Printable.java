package dev.rwkvx;

import java.util.regex.Pattern;

/** Words of strangers, made fit for a terminal, a log or an error message. */
public final class Printable {
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}&&[^\n\r\t]]");

  private Printable() {}

  /**
   * {@return a text without the characters that could steer a terminal} Each control or formatting
   * character but line ends and tabs becomes U+FFFD, and so does half of a surrogate pair.
   *
   * @param text from anywhere
   */
  public static String text(String text) {
    return CONTROL.matcher(text).replaceAll("\uFFFD");
  }

  /**
   * {@return the same, and where it is longer the middle left out}
   *
   * @param text from anywhere
   * @param most characters that stay, at least 2
   */
  public static String excerpt(String text, int most) {
    if (text.length() <= most) {
      return text(text);
    }
    int end = most / 3;
    return text(text.substring(0, most - end) + "…" + text.substring(text.length() - end));
  }
}
