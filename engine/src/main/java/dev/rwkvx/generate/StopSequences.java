package dev.rwkvx.generate;

import dev.rwkvx.InputException;
import java.util.Collection;
import java.util.List;

/**
 * Looks for stop strings in text that comes in pieces. What may be the beginning of one is held
 * back until more text decides; the string that is complete first counts, however the text is cut
 * into pieces. For one text.
 */
public final class StopSequences {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  /**
   * Looks for the first of some strings.
   *
   * @param stops the strings; none for a text that no string ends
   * @throws InputException when a stop string is empty
   */
  public StopSequences(Collection<String> stops) {
    this.stops = List.copyOf(stops);
    if (this.stops.contains("")) {
      throw new InputException("A stop string is empty; expected at least one character");
    }
  }

  /**
   * Takes the next piece and returns the text that is certain now: all of it before the first stop
   * string, and nothing once one was found.
   *
   * @param piece characters of the text
   * @return what may be shown; a piece that may be the beginning of a stop string is held back
   */
  public String append(String piece) {
    if (found) {
      return "";
    }
    held.append(piece);
    int stop = firstStop();
    if (stop >= 0) {
      found = true;
      held.setLength(stop);
      return release(stop);
    }
    return release(firstPossibleStop());
  }

  /** {@return whether a stop string has come} */
  public boolean found() {
    return found;
  }

  /** {@return what was held back, at the end of the text} */
  public String finish() {
    return release(held.length());
  }

  /** Where the stop string begins that is complete first, the longest of these; −1 if none is. */
  private int firstStop() {
    int first = -1;
    int firstEnd = Integer.MAX_VALUE;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      int end = at + stop.length();
      if (at >= 0 && (end < firstEnd || end == firstEnd && at < first)) {
        first = at;
        firstEnd = end;
      }
    }
    return first;
  }

  /** Where a stop string begins that the text has not ended yet; the length if nowhere. */
  private int firstPossibleStop() {
    int first = held.length();
    for (String stop : stops) {
      for (int at = Math.max(0, held.length() - stop.length() + 1); at < first; at++) {
        if (stop.startsWith(held.substring(at))) {
          first = at;
        }
      }
    }
    return first;
  }

  private String release(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }
}
