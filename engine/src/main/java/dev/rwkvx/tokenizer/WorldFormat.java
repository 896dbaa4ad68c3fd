package dev.rwkvx.tokenizer;

import static dev.rwkvx.tokenizer.Vocabulary.MAX_SIZE;
import static dev.rwkvx.tokenizer.Vocabulary.NO_BYTES;

import java.util.Arrays;

/** The vocabulary files of the RWKV World models. */
final class WorldFormat {
  private WorldFormat() {}

  static Vocabulary parse(String name, String source, String text) {
    Lines lines = new Lines(source, text);
    byte[][] tokens = new byte[256][];
    int size = 0;
    while (lines.advance()) {
      String line = lines.line();
      int first = line.indexOf(' ');
      int last = line.lastIndexOf(' ');
      if (first == last) {
        throw lines.error("expected ID LITERAL LENGTH");
      }
      int id = number(line.substring(0, first), lines);
      if (id < 1 || id >= MAX_SIZE) {
        throw lines.error("expected an id in 1 … " + (MAX_SIZE - 1));
      }
      byte[] token = PythonLiteral.parse(line.substring(first + 1, last).strip(), lines);
      if (token.length == 0 || token.length != number(line.substring(last + 1), lines)) {
        throw lines.error("expected a token of the declared length, not of " + token.length);
      }
      if (id >= tokens.length) {
        tokens = Arrays.copyOf(tokens, Math.max(id + 1, Math.min(2 * tokens.length, MAX_SIZE)));
      }
      if (tokens[id] != null) {
        throw lines.error("expected each id once");
      }
      tokens[id] = token;
      size = Math.max(size, id + 1);
    }
    if (size == 0) {
      throw lines.errorAtEnd("expected the lines of a vocabulary, found an empty file");
    }
    return new Vocabulary(name, filled(tokens, size));
  }

  static String text(byte[][] tokens) {
    StringBuilder text = new StringBuilder();
    for (int id = 1; id < tokens.length; id++) {
      if (tokens[id].length > 0) {
        text.append(id).append(' ');
        literal(tokens[id], text);
        text.append(' ').append(tokens[id].length).append('\n');
      }
    }
    return text.toString();
  }

  /** A string literal for ASCII, a bytes literal for all else: no reader's encoding matters. */
  private static void literal(byte[] token, StringBuilder text) {
    boolean ascii = true;
    for (byte value : token) {
      ascii &= value >= 0;
    }
    text.append(ascii ? "'" : "b'");
    for (byte value : token) {
      switch (value) {
        case '\\' -> text.append("\\\\");
        case '\'' -> text.append("\\'");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          if (value >= ' ' && value < 0x7f) {
            text.append((char) value);
          } else {
            text.append("\\x%02x".formatted(value & 0xff));
          }
        }
      }
    }
    text.append('\'');
  }

  private static byte[][] filled(byte[][] tokens, int size) {
    byte[][] filled = new byte[size][];
    Arrays.setAll(filled, id -> tokens[id] == null ? NO_BYTES : tokens[id]);
    return filled;
  }

  private static int number(String digits, Lines lines) {
    try {
      return Integer.parseInt(digits);
    } catch (NumberFormatException e) {
      throw lines.error("expected ID LITERAL LENGTH with whole numbers");
    }
  }
}
