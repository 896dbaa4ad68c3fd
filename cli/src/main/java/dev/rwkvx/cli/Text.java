package dev.rwkvx.cli;

import dev.rwkvx.Printable;
import java.util.Locale;

/** How quantities and strangers' words are printed. */
final class Text {
  private static final String[] BYTE_UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final int LONGEST = 200;

  private Text() {}

  /** A size such as {@code 1.27 GiB}; below 1024 bytes exactly. */
  static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " bytes";
    }
    double value = bytes / 1024.0;
    int unit = 0;
    while (value >= 1024) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.2f %s", value, BYTE_UNITS[unit]);
  }

  /** A count such as {@code 191,034,624}. */
  static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** A number with a fixed count of decimals and a point, whatever the locale. */
  static String decimal(double value, int decimals) {
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** A time such as {@code 40 seconds}, {@code 7 minutes} or {@code 2.5 hours}. */
  static String duration(double seconds) {
    if (seconds < 90) {
      return Math.round(seconds) + " seconds";
    }
    return seconds < 90 * 60
        ? Math.round(seconds / 60) + " minutes"
        : decimal(seconds / 3600, 1) + " hours";
  }

  /**
   * Words out of a file, fit for a terminal: one line without control characters, cut when long.
   */
  static String fromFile(String words) {
    boolean cut = words.length() > LONGEST;
    String shown = Printable.text(cut ? words.substring(0, LONGEST) : words);
    String line = shown.replaceAll("[\n\r\t]", "\uFFFD");
    return cut ? line + "… (" + count(words.length()) + " characters)" : line;
  }
}
