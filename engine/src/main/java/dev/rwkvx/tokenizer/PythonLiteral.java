package dev.rwkvx.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A Python string or bytes literal in one pair of quotes, such as {@code 'a\n'} or {@code b'\xff'}.
 */
final class PythonLiteral {
  private final String text;
  private final Lines lines;
  private final boolean isBytes;
  private final char quote;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private int at;

  private PythonLiteral(String text, Lines lines) {
    this.text = text;
    this.lines = lines;
    isBytes = text.startsWith("b") || text.startsWith("B");
    at = isBytes ? 1 : 0;
    quote = at < text.length() ? text.charAt(at++) : 0;
    if (quote != '\'' && quote != '"') {
      throw lines.error("expected a literal in quotes");
    }
  }

  /**
   * The bytes of a literal, for a string those of its UTF-8 form.
   *
   * @param lines stands at the line of the literal, for errors
   */
  static byte[] parse(String text, Lines lines) {
    return new PythonLiteral(text, lines).parse();
  }

  private byte[] parse() {
    while (at < text.length() - 1) {
      int character = text.codePointAt(at);
      at += Character.charCount(character);
      if (character == quote) {
        throw lines.error("expected the literal to end at its closing quote");
      } else if (character == '\\') {
        escape();
      } else {
        put(character);
      }
    }
    if (at != text.length() - 1 || text.charAt(at) != quote) {
      throw lines.error("expected a closing quote " + quote);
    }
    return bytes.toByteArray();
  }

  private void escape() {
    char kind = text.charAt(at++);
    switch (kind) {
      case '\\', '\'', '"' -> put(kind);
      case 'a' -> put(7);
      case 'b' -> put('\b');
      case 'f' -> put('\f');
      case 'n' -> put('\n');
      case 'r' -> put('\r');
      case 't' -> put('\t');
      case 'v' -> put(11);
      case 'x' -> put(digits(2, 2, 16));
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        at--;
        put(digits(1, 3, 8));
      }
      case 'u', 'U', 'N' -> unicodeEscape(kind);
      default -> throw lines.error("expected a Python escape, not \\" + kind);
    }
  }

  private void unicodeEscape(char kind) {
    if (isBytes) {
      throw lines.error("expected no \\" + kind + " in a bytes literal");
    }
    switch (kind) {
      case 'u' -> put(digits(4, 4, 16));
      case 'U' -> put(digits(8, 8, 16));
      default -> put(namedCharacter());
    }
  }

  private int namedCharacter() {
    int end = text.indexOf('}', at);
    if (end < 0 || text.charAt(at) != '{') {
      throw lines.error("expected \\N{NAME}");
    }
    String name = text.substring(at + 1, end);
    at = end + 1;
    try {
      return Character.codePointOf(name);
    } catch (IllegalArgumentException e) {
      throw lines.error("expected the name of a Unicode character in \\N{…}");
    }
  }

  /**
   * Reads {@code least … most} digits, as many as there are; more than 31 bits come out negative.
   */
  private int digits(int least, int most, int radix) {
    int value = 0;
    int count = 0;
    while (count < most && at < text.length()) {
      int digit = Character.digit(text.charAt(at), radix);
      if (digit < 0) {
        break;
      }
      value = value * radix + digit;
      count++;
      at++;
    }
    if (count < least) {
      throw lines.error("expected " + least + " digits in an escape");
    }
    return value;
  }

  private void put(int character) {
    if (isBytes) {
      if (character < 0 || character > 0xff) {
        throw lines.error("expected bytes in a bytes literal");
      }
      bytes.write(character);
    } else if (Character.isValidCodePoint(character)
        && (character < Character.MIN_SURROGATE || character > Character.MAX_SURROGATE)) {
      bytes.writeBytes(Character.toString(character).getBytes(StandardCharsets.UTF_8));
    } else {
      throw lines.error("expected Unicode characters");
    }
  }
}
