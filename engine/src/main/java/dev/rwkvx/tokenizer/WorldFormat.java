package dev.rwkvx.tokenizer;

import static dev.rwkvx.tokenizer.Vocabulary.MAX_SIZE;
import static dev.rwkvx.tokenizer.Vocabulary.NO_BYTES;

/** The vocabulary files of the RWKV World models. */
final class WorldFormat {
  private WorldFormat() {}

  static Vocabulary parse(String name, String source, String text) {
    Lines lines = new Lines(source, text);
    TokenTable table = new TokenTable();
    while (lines.advance()) {
      String line = lines.line();
      int first = line.indexOf(' ');
      int last = line.lastIndexOf(' ');
      if (first == last) {
        throw lines.error("expected ID LITERAL LENGTH");
      }
      int id = number(line.substring(0, first), lines);
      if (!TokenTable.isId(id)) {
        throw lines.error("expected an id in 1 … " + (MAX_SIZE - 1));
      }
      byte[] token = PythonLiteral.parse(line.substring(first + 1, last).strip(), lines);
      if (token.length == 0 || token.length != number(line.substring(last + 1), lines)) {
        throw lines.error("expected a token of the declared length, not of " + token.length);
      }
      if (!table.put(id, token)) {
        throw lines.error("expected each id once");
      }
    }
    return finish(table, name, lines);
  }

  /** Whether a text has the form of {@link #parseLiterals}. */
  static boolean isLiterals(String text) {
    String first = text.lines().findFirst().orElse("");
    return first.startsWith("b'") || first.startsWith("b\"");
  }

  /**
   * The {@code vocab.txt} of some Hugging Face repositories: a literal in each line, the ids being
   * 0, 1, 2, … The first is a name for the end of a document.
   */
  static Vocabulary parseLiterals(String name, String source, String text) {
    Lines lines = new Lines(source, text);
    TokenTable table = new TokenTable();
    while (lines.advance()) {
      int id = table.size();
      byte[] token = PythonLiteral.parse(lines.line(), lines);
      if (!TokenTable.isId(id)) {
        throw lines.error("expected at most " + MAX_SIZE + " lines");
      }
      table.put(id, id == 0 ? NO_BYTES : token);
    }
    return finish(table, name, lines);
  }

  private static Vocabulary finish(TokenTable table, String name, Lines lines) {
    if (table.size() == 0) {
      throw lines.errorAtEnd("expected the lines of a vocabulary, found an empty file");
    }
    return table
        .vocabulary(name)
        .orElseThrow(() ->
            lines.errorAtEnd(
                "expected ids from 1, or the 256 bytes from 0; found a token under id 0"));
  }

  static String text(byte[][] tokens) {
    StringBuilder text = new StringBuilder();
    for (int id = 0; id < tokens.length; id++) {
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

  private static int number(String digits, Lines lines) {
    try {
      return Integer.parseInt(digits);
    } catch (NumberFormatException e) {
      throw lines.error("expected ID LITERAL LENGTH with whole numbers");
    }
  }
}
