package dev.rwkvx.server.grammar;

import static dev.rwkvx.server.grammar.Form.any;
import static dev.rwkvx.server.grammar.Form.bytes;
import static dev.rwkvx.server.grammar.Form.choice;
import static dev.rwkvx.server.grammar.Form.literal;
import static dev.rwkvx.server.grammar.Form.optional;
import static dev.rwkvx.server.grammar.Form.sequence;

import dev.rwkvx.server.grammar.Form.Repeat;

/**
 * JSON (RFC 8259) in UTF-8, of which a text may be any, but: between two parts stands one space, or
 * a line break and at most 16 spaces, or nothing; numbers have at most 16 digits before and after
 * the point and 2 in the exponent; there are no escapes for halves of surrogate pairs.
 */
final class Json {
  private static final int MOST_INDENTATION = 16;
  private static final int MOST_DIGITS = 16;

  private static final Form DIGIT = bytes('0', '9');
  private static final Form CONTINUATION = bytes(0x80, 0xbf);
  private static final Form HEX = bytes('0', '9', 'a', 'f', 'A', 'F');

  /** A character of a string. */
  static final Form CHARACTER =
      choice(
          bytes(0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f),
          sequence(bytes(0xc2, 0xdf), CONTINUATION),
          sequence(bytes(0xe0, 0xe0), bytes(0xa0, 0xbf), CONTINUATION),
          sequence(bytes(0xe1, 0xec, 0xee, 0xef), CONTINUATION, CONTINUATION),
          sequence(bytes(0xed, 0xed), bytes(0x80, 0x9f), CONTINUATION),
          sequence(bytes(0xf0, 0xf0), bytes(0x90, 0xbf), CONTINUATION, CONTINUATION),
          sequence(bytes(0xf1, 0xf3), CONTINUATION, CONTINUATION, CONTINUATION),
          sequence(bytes(0xf4, 0xf4), bytes(0x80, 0x8f), CONTINUATION, CONTINUATION),
          sequence(literal("\\"), bytes('"', '"', '\\', '\\', '/', '/', 'b', 'b', 'f', 'f')),
          sequence(literal("\\"), bytes('n', 'n', 'r', 'r', 't', 't')),
          sequence(
              literal("\\u"),
              bytes('0', '9', 'a', 'c', 'A', 'C', 'e', 'f', 'E', 'F'),
              HEX,
              HEX,
              HEX),
          sequence(literal("\\u"), bytes('d', 'd', 'D', 'D'), bytes('0', '7'), HEX, HEX));

  /** Nothing, a space, or a line break and indentation. */
  static final Form SPACE = space(1);

  /** The same before a closing bracket; never a blank line, which would end a turn. */
  private static final Form LAST_SPACE = space(0);

  static final Form STRING = string(0, Form.UNBOUNDED);

  static final Form INTEGER =
      sequence(
          optional(literal("-")),
          choice(literal("0"), sequence(bytes('1', '9'), new Repeat(DIGIT, 0, MOST_DIGITS - 1))));

  static final Form NUMBER =
      sequence(
          INTEGER,
          optional(sequence(literal("."), new Repeat(DIGIT, 1, MOST_DIGITS))),
          optional(
              sequence(
                  bytes('e', 'e', 'E', 'E'),
                  optional(bytes('+', '+', '-', '-')),
                  new Repeat(DIGIT, 1, 2))));

  static final Form BOOLEAN = choice(literal("true"), literal("false"));
  static final Form NULL = literal("null");

  /** Any value. */
  static final Form VALUE = value();

  /** Any object. */
  static final Form OBJECT = map(VALUE);

  private Json() {}

  private static Form space(int leastIndentation) {
    return choice(
        sequence(),
        literal(" "),
        sequence(literal("\n"), new Repeat(literal(" "), leastIndentation, MOST_INDENTATION)));
  }

  private static Form value() {
    // The shortest is a digit.
    Form.Reference value = new Form.Reference(1);
    Form array = array(value, 0, Form.UNBOUNDED);
    value.become(choice(map(value), array, STRING, NUMBER, BOOLEAN, NULL));
    return value;
  }

  /** A string of so many characters. */
  static Form string(int fewest, int most) {
    return sequence(literal("\""), new Repeat(CHARACTER, fewest, most), literal("\""));
  }

  /** An array of so many of these. */
  static Form array(Form item, int fewest, int most) {
    Form next = sequence(literal(","), SPACE, item);
    int rest = most == Form.UNBOUNDED ? most : most - 1;
    Form items = sequence(item, new Repeat(next, Math.max(0, fewest - 1), rest));
    Form content = most == 0 ? sequence() : fewest == 0 ? optional(items) : items;
    return sequence(literal("["), SPACE, content, LAST_SPACE, literal("]"));
  }

  /** An object with any names and these values. */
  static Form map(Form value) {
    Form member = sequence(STRING, literal(":"), SPACE, value);
    Form members = sequence(member, any(sequence(literal(","), SPACE, member)));
    return object(optional(members));
  }

  /** An object with this between its braces. */
  static Form object(Form members) {
    return sequence(literal("{"), SPACE, members, LAST_SPACE, literal("}"));
  }
}
