package dev.rwkvx.tokenizer;

import dev.rwkvx.InputException;

/** The lines of a file in memory, with errors that say where. */
final class Lines {
  private static final int SHOWN = 60;

  private final String source;
  private final String text;
  private int next;
  private int number;
  private String line = "";

  /**
   * @param source names the text in error messages
   */
  Lines(String source, String text) {
    this.source = source;
    this.text = text;
  }

  /** Goes to the next line, the first at first; false at the end of the text. */
  boolean advance() {
    if (next >= text.length()) {
      return false;
    }
    int end = text.indexOf('\n', next);
    end = end < 0 ? text.length() : end;
    boolean carriageReturn = end > next && text.charAt(end - 1) == '\r';
    line = text.substring(next, carriageReturn ? end - 1 : end);
    next = end + 1;
    number++;
    return true;
  }

  /** The current line without its end. */
  String line() {
    return line;
  }

  /** What is wrong with the current line; the message shows its beginning, fit for a terminal. */
  InputException error(String expected) {
    String start = line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line;
    String shown = start.replaceAll("[\\p{Cntrl}\\p{Cs}]", "\uFFFD");
    return new InputException(
        "%s, line %d: %s, found: %s"
            .formatted(source, number, expected, shown.isEmpty() ? "an empty line" : shown));
  }

  /** What is wrong with the text as a whole. */
  InputException errorAtEnd(String message) {
    return new InputException(source + ": " + message);
  }
}
