package dev.rwkvx;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What strangers write can neither steer a terminal nor flood it. */
class PrintableTest {
  @Test
  void controlCharactersAreReplaced() {
    assertThat(Printable.text("a\u001b]0;x\u0007b\u009bc\u202ed\ud800e"))
        .isEqualTo("a\ufffd]0;x\ufffdb\ufffdc\ufffdd\ufffde");
    assertThat(Printable.text("a line,\n\ta tab,\r\nä, 日本, 😀"))
        .isEqualTo("a line,\n\ta tab,\r\nä, 日本, 😀");
  }

  @Test
  void ofLongTextsTheMiddleIsLeftOut() {
    assertThat(Printable.excerpt("abcdefghi", 9)).isEqualTo("abcdefghi");
    assertThat(Printable.excerpt("abcdefghij", 9)).isEqualTo("abcdef…hij");
    assertThat(Printable.excerpt("😀".repeat(100), 9)).hasSize(10).endsWith("😀").contains("…");
  }

  @Test
  void messagesAboutBadInputAreFitToBePrinted() {
    String quoted = "\u001b]52;c;" + "x".repeat(1 << 20);
    InputException failure = new InputException("file: has the position '" + quoted + "'");
    assertThat(failure)
        .message()
        .startsWith("file: has the position '\ufffd]52")
        .hasSizeLessThan(2100);
    assertThat(new UnreadableException(quoted, failure)).message().startsWith("\ufffd]52");
  }
}
