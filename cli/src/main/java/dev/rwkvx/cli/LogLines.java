package dev.rwkvx.cli;

import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * The log of a server. What strangers have sent may be part of a message: it cannot command a
 * terminal, and no message is longer than a page or two.
 */
final class LogLines extends SimpleFormatter {
  private static final int LONGEST = 1 << 13;

  /** Writes all that is logged from now on so. */
  static void install() {
    for (Handler handler : Logger.getLogger("").getHandlers()) {
      handler.setFormatter(new LogLines());
    }
  }

  @Override
  public String format(LogRecord record) {
    String text = super.format(record);
    String shown = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…\n";
    return shown.replaceAll("[\\p{Cc}&&[^\\n\\t]]", "?");
  }
}
