package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import dev.rwkvx.io.ByteSource;
import java.util.ArrayList;
import java.util.List;

/**
 * A value of a GGUF file's metadata, found and measured, and read when somebody asks for it: a
 * vocabulary that nobody needs costs nothing.
 *
 * @param key its name
 * @param type of the value, or of the elements of a list
 * @param count elements of a list, −1 for a single value
 * @param at byte of the value, or of the first element
 * @param end byte behind the value
 */
record GgufValue(ByteSource source, String key, Type type, long count, long at, long end) {
  /** Types by their numbers in the file. */
  enum Type {
    U8(1),
    I8(1),
    U16(2),
    I16(2),
    U32(4),
    I32(4),
    F32(4),
    BOOL(1),
    STRING(0),
    LIST(0),
    U64(8),
    I64(8),
    F64(8);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }
  }

  private static final int SINGLE = -1;

  /** Finds the value whose type stands at {@code at}, and its end. */
  static GgufValue at(ByteSource source, String key, long at) {
    Type type = type(source, key, at);
    long start = at + 4;
    if (type != Type.LIST) {
      return new GgufValue(source, key, type, SINGLE, start, skip(source, type, start, 1));
    }
    Type elements = type(source, key, start);
    long count = source.signedLong(start + 4);
    if (elements == Type.LIST) {
      throw source.error("has lists of lists in the metadata '" + key + "'; expected plain lists");
    }
    if (count < 0 || count > source.size()) {
      throw source.error(
          "has "
              + Long.toUnsignedString(count)
              + " elements in the metadata '"
              + key
              + "', more than fit the file; truncated or damaged");
    }
    long first = start + 12;
    return new GgufValue(source, key, elements, count, first, skip(source, elements, first, count));
  }

  private static Type type(ByteSource source, String key, long at) {
    long number = source.unsignedInt(at);
    if (number >= Type.values().length) {
      throw source.error(
          "has the unknown type " + number + " in the metadata '" + key + "'; damaged, or too new");
    }
    return Type.values()[(int) number];
  }

  /** The byte behind {@code count} values, all of which lie in the file. */
  private static long skip(ByteSource source, Type type, long at, long count) {
    if (type != Type.STRING) {
      source.slice(at, count * type.bytes);
      return at + count * type.bytes;
    }
    long end = at;
    for (long i = 0; i < count; i++) {
      end = stringEnd(source, end);
    }
    return end;
  }

  /** The byte behind the string whose length stands at {@code at}. */
  static long stringEnd(ByteSource source, long at) {
    long length = source.signedLong(at);
    source.slice(at + 8, length);
    return at + 8 + length;
  }

  /** The string whose length stands at {@code at}. */
  static String string(ByteSource source, long at) {
    return source.utf8(at + 8, source.signedLong(at));
  }

  boolean isList() {
    return count != SINGLE;
  }

  /** The value as a text. */
  String text() {
    if (isList() || type != Type.STRING) {
      throw wrong("a text");
    }
    return string(source, at);
  }

  /** The value as a whole number that is not negative. */
  long whole() {
    if (isList()) {
      throw wrong("a whole number");
    }
    long value = wholeAt(at);
    if (value < 0) {
      throw wrong("a whole number from 0");
    }
    return value;
  }

  private long wholeAt(long place) {
    return switch (type) {
      case U8, BOOL -> source.unsignedByte(place);
      case I8 -> (byte) source.unsignedByte(place);
      case U16 -> source.unsignedShort(place);
      case I16 -> (short) source.unsignedShort(place);
      case U32 -> source.unsignedInt(place);
      case I32 -> source.signedInt(place);
      case U64, I64 -> source.signedLong(place);
      default -> throw wrong("a whole number");
    };
  }

  /** The value as a fraction. */
  double real() {
    if (isList()) {
      throw wrong("a number");
    }
    return switch (type) {
      case F32 -> Float.intBitsToFloat(source.signedInt(at));
      case F64 -> Double.longBitsToDouble(source.signedLong(at));
      default -> throw wrong("a fraction");
    };
  }

  /** A list of texts, one after the other. */
  void texts(int limit, TextSink sink) {
    if (!isList() || type != Type.STRING || count > limit) {
      throw wrong("a list of at most " + limit + " texts");
    }
    long next = at;
    for (int i = 0; i < count; i++) {
      sink.accept(i, string(source, next));
      next = stringEnd(source, next);
    }
  }

  /** A single value for people. */
  String shown() {
    return switch (type) {
      case STRING -> text();
      case F32, F64 -> String.valueOf(real());
      case BOOL -> whole() == 0 ? "false" : "true";
      default -> String.valueOf(wholeAt(at));
    };
  }

  /** Takes the texts of a list. */
  interface TextSink {
    void accept(int index, String text);
  }

  /** A list of whole numbers. */
  List<Long> wholes(int limit) {
    if (!isList() || count > limit) {
      throw wrong("a list of at most " + limit + " whole numbers");
    }
    List<Long> wholes = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      wholes.add(wholeAt(at + i * type.bytes));
    }
    return wholes;
  }

  private InputException wrong(String expected) {
    return source.error("has no fitting metadata '" + key + "': expected " + expected);
  }
}
