package dev.rwkvx.io;

import dev.rwkvx.InputException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Reads JSON front to back and keeps nothing: the caller says what it expects, so that a file
 * decides neither what is allocated nor how deep calls nest. Strict as RFC 8259, except that
 * duplicate names are left to the caller.
 */
public final class JsonReader {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_NUMBER_LENGTH = 1000;

  private final ByteSource source;
  private final long end;
  private long position;
  private int depth;

  /**
   * Reads a part of a file.
   *
   * @param source the file
   * @param start offset of the first byte
   * @param length number of bytes
   */
  public JsonReader(ByteSource source, long start, long length) {
    this.source = source;
    this.position = start;
    this.end = start + length;
  }

  /**
   * Reads an object.
   *
   * @param member gets each name and has to read the value
   */
  public void object(Consumer<String> member) {
    enter('{');
    if (!accept('}')) {
      do {
        String name = string();
        expect(':');
        member.accept(name);
      } while (accept(','));
      expect('}');
    }
    depth--;
  }

  /**
   * Reads an array.
   *
   * @param element has to read each element
   */
  public void array(Runnable element) {
    enter('[');
    if (!accept(']')) {
      do {
        element.run();
      } while (accept(','));
      expect(']');
    }
    depth--;
  }

  /** {@return the string that comes next, without its escapes} */
  public String string() {
    expect('"');
    long start = position;
    int next = next();
    while (next != '"' && next != '\\') {
      requirePrintable(next);
      next = next();
    }
    if (next == '"') {
      return source.utf8(start, position - 1 - start);
    }
    return stringWithEscapes(start);
  }

  /** {@return the whole number that comes next; it has at most 64 bits} */
  public long whole() {
    String number = number();
    try {
      return Long.parseLong(number);
    } catch (NumberFormatException e) {
      throw new InputException(
          source.name() + ": its JSON has the number " + number + " where a 64-bit whole one goes",
          e);
    }
  }

  /** Reads any value and forgets it. */
  public void skip() {
    switch (peek()) {
      case '{' -> object(_ -> skip());
      case '[' -> array(this::skip);
      case '"' -> string();
      case 't' -> literal("true");
      case 'f' -> literal("false");
      case 'n' -> literal("null");
      default -> number();
    }
  }

  /**
   * {@return the value that comes next if it is a string, a number, a truth value or {@code null};
   * others are skipped and come as <code>{…}</code> or {@code […]}}
   */
  public String word() {
    return switch (peek()) {
      case '"' -> string();
      case '{', '[', 't', 'f', 'n' -> {
        char first = (char) here();
        skip();
        yield switch (first) {
          case '{' -> "{…}";
          case '[' -> "[…]";
          case 't' -> "true";
          case 'f' -> "false";
          default -> "null";
        };
      }
      default -> number();
    };
  }

  /** Requires that nothing but white space follows. */
  public void end() {
    if (peek() != -1) {
      throw error("the end");
    }
  }

  /**
   * {@return an error that names the file and the place}
   *
   * @param expected what should stand there
   */
  public InputException error(String expected) {
    return source.error("its JSON is damaged at byte " + position + ": expected " + expected);
  }

  private void enter(char bracket) {
    expect(bracket);
    if (++depth > MAX_DEPTH) {
      throw error("at most " + MAX_DEPTH + " nested values");
    }
  }

  /** The string from {@code start} on, whose first escape has just been found. */
  private String stringWithEscapes(long start) {
    ByteArrayOutputStream utf8 = new ByteArrayOutputStream();
    position = start;
    for (int next = next(); next != '"'; next = next()) {
      if (next == '\\') {
        utf8.writeBytes(escape().getBytes(StandardCharsets.UTF_8));
      } else {
        requirePrintable(next);
        utf8.write(next);
      }
    }
    byte[] bytes = utf8.toByteArray();
    return new ByteSource(source.name(), MemorySegment.ofArray(bytes)).utf8(0, bytes.length);
  }

  private String escape() {
    return switch (next()) {
      case '"' -> "\"";
      case '\\' -> "\\";
      case '/' -> "/";
      case 'b' -> "\b";
      case 'f' -> "\f";
      case 'n' -> "\n";
      case 'r' -> "\r";
      case 't' -> "\t";
      case 'u' -> unicode();
      default -> throw error("an escape sequence");
    };
  }

  private String unicode() {
    char first = codeUnit();
    if (!Character.isSurrogate(first)) {
      return String.valueOf(first);
    }
    if (next() == '\\' && next() == 'u') {
      char second = codeUnit();
      if (Character.isSurrogatePair(first, second)) {
        return "" + first + second;
      }
    }
    throw error("a pair of surrogates");
  }

  private char codeUnit() {
    int unit = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(next(), 16);
      if (digit < 0) {
        throw error("four hexadecimal digits");
      }
      unit = unit * 16 + digit;
    }
    return (char) unit;
  }

  private void requirePrintable(int character) {
    if (character < ' ') {
      throw error("no control character or end inside a string");
    }
  }

  private String number() {
    skipWhiteSpace();
    long start = position;
    acceptHere('-');
    if (!acceptHere('0')) {
      digits();
    }
    if (acceptHere('.')) {
      digits();
    }
    if (acceptHere('e') || acceptHere('E')) {
      if (!acceptHere('+')) {
        acceptHere('-');
      }
      digits();
    }
    if (position - start > MAX_NUMBER_LENGTH) {
      throw error("a number of at most " + MAX_NUMBER_LENGTH + " characters");
    }
    return source.utf8(start, position - start);
  }

  private void digits() {
    if (!isDigit(here())) {
      throw error("a value");
    }
    while (isDigit(here())) {
      position++;
    }
  }

  private static boolean isDigit(int character) {
    return character >= '0' && character <= '9';
  }

  private void literal(String word) {
    if (!source.startsWith(position, word) || position + word.length() > end) {
      throw error(word);
    }
    position += word.length();
  }

  private void expect(char character) {
    if (!accept(character)) {
      throw error("'" + character + "'");
    }
  }

  private boolean accept(char character) {
    skipWhiteSpace();
    return acceptHere(character);
  }

  private boolean acceptHere(char character) {
    if (here() != character) {
      return false;
    }
    position++;
    return true;
  }

  private int peek() {
    skipWhiteSpace();
    return here();
  }

  private void skipWhiteSpace() {
    while (here() == ' ' || here() == '\n' || here() == '\r' || here() == '\t') {
      position++;
    }
  }

  /** The byte at the position, −1 at the end. */
  private int here() {
    return position < end ? source.unsignedByte(position) : -1;
  }

  private int next() {
    int next = here();
    if (next >= 0) {
      position++;
    }
    return next;
  }
}
