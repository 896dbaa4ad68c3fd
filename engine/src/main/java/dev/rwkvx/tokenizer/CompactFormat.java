package dev.rwkvx.tokenizer;

import static dev.rwkvx.tokenizer.Vocabulary.MAX_SIZE;
import static dev.rwkvx.tokenizer.Vocabulary.NO_BYTES;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** This project's own vocabulary format; {@link Vocabulary#fromText} says what it looks like. */
final class CompactFormat {
  private static final String MAGIC = "rwkvx-vocabulary 1 ";

  /** All of the byte vocabulary: its id 0 is a token, which no list can say. */
  static final String BYTES_TEXT = MAGIC + "bytes\n";

  private CompactFormat() {}

  static boolean matches(String text) {
    return text.startsWith(MAGIC);
  }

  static String text(byte[][] tokens) {
    StringBuilder text = new StringBuilder(MAGIC).append(tokens.length - 1).append('\n');
    CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
    for (int id = 1; id < tokens.length; id++) {
      escape(tokens[id], utf8, text);
      text.append('\n');
    }
    return text.toString();
  }

  static Vocabulary parse(String name, String source, String text) {
    Lines lines = new Lines(source, text);
    if (!lines.advance() || !matches(lines.line())) {
      throw lines.errorAtEnd("expected a first line '" + MAGIC + "COUNT'");
    }
    if (text.strip().equals(BYTES_TEXT.strip())) {
      return Vocabulary.bytes();
    }
    int count = count(lines);
    // The declared count is believed only as far as there can be lines for it.
    byte[][] tokens = new byte[1 + Math.min(count, text.length())][];
    tokens[0] = NO_BYTES;
    int id = 0;
    while (lines.advance()) {
      if (++id > count) {
        throw lines.error("expected " + count + " lines after the first and no more");
      }
      tokens[id] = unescape(lines);
    }
    if (id < count) {
      throw lines.errorAtEnd("expected %d lines after the first, found %d".formatted(count, id));
    }
    return new Vocabulary(name, tokens);
  }

  private static int count(Lines lines) {
    int count;
    try {
      count = Integer.parseInt(lines.line().substring(MAGIC.length()));
    } catch (NumberFormatException e) {
      throw lines.error("expected a count of tokens or 'bytes'");
    }
    if (count < 1 || count >= MAX_SIZE) {
      throw lines.error("expected a count in 1 … " + (MAX_SIZE - 1));
    }
    return count;
  }

  private static void escape(byte[] token, CharsetDecoder utf8, StringBuilder text) {
    ByteBuffer in = ByteBuffer.wrap(token);
    CharBuffer out = CharBuffer.allocate(token.length);
    CoderResult result = utf8.reset().decode(in, out, true);
    while (result.isError()) {
      escapeCharacters(out.flip(), text);
      out.clear();
      for (int i = 0; i < result.length(); i++) {
        escapeByte(in.get(), text);
      }
      result = utf8.reset().decode(in, out, true);
    }
    escapeCharacters(out.flip(), text);
  }

  private static void escapeCharacters(CharBuffer characters, StringBuilder text) {
    while (characters.hasRemaining()) {
      char character = characters.get();
      switch (character) {
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          if (character < ' ' || character == 0x7f) {
            escapeByte((byte) character, text);
          } else {
            text.append(character);
          }
        }
      }
    }
  }

  private static void escapeByte(byte value, StringBuilder text) {
    text.append("\\x%02x".formatted(value & 0xff));
  }

  private static byte[] unescape(Lines lines) {
    String line = lines.line();
    if (line.indexOf('\\') < 0) {
      return line.getBytes(StandardCharsets.UTF_8);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int at = 0;
    while (at < line.length()) {
      int backslash = line.indexOf('\\', at);
      int end = backslash < 0 ? line.length() : backslash;
      bytes.writeBytes(line.substring(at, end).getBytes(StandardCharsets.UTF_8));
      at = end;
      if (backslash >= 0) {
        char kind = end + 1 < line.length() ? line.charAt(end + 1) : 0;
        bytes.write(
            switch (kind) {
              case '\\' -> '\\';
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              case 'x' -> hexadecimal(line, end + 2, lines);
              default -> throw lines.error("expected one of the escapes \\\\ \\n \\r \\t \\xHH");
            });
        at += kind == 'x' ? 4 : 2;
      }
    }
    return bytes.toByteArray();
  }

  private static int hexadecimal(String line, int at, Lines lines) {
    int high = at + 1 < line.length() ? Character.digit(line.charAt(at), 16) : -1;
    int low = high < 0 ? -1 : Character.digit(line.charAt(at + 1), 16);
    if (low < 0) {
      throw lines.error("expected two hexadecimal digits after \\x");
    }
    return high << 4 | low;
  }
}
