package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LogLinesTest {
  private static String line(String message) {
    return new LogLines().format(new LogRecord(Level.WARNING, message));
  }

  @Test
  void nobodyCommandsTheTerminal() {
    assertThat(line("a\u001b]0;title\u0007b\r\u009bc\td")).contains("a?]0;title?b??c\td");
  }

  @Test
  void noMessageIsEndless() {
    assertThat(line("x".repeat(1_000_000))).hasSizeLessThan(10_000).endsWith("…\n");
  }
}
