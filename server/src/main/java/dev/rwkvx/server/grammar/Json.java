package dev.rwkvx.server.grammar;

import java.util.List;

/**
 * JSON (RFC 8259) in UTF-8, of which a text may be any, but: between two parts stands one space, or
 * a line break and at most 16 spaces, or nothing; numbers have at most 16 digits before and after
 * the point and 2 in the exponent; there are no escapes for halves of surrogate pairs.
 */
final class Json {
  private static final int MOST_INDENTATION = 16;
  private static final int MOST_DIGITS = 16;

  private final Forms forms;
  private final Form digit;

  /** A character of a string. */
  private final Form character;

  /** Nothing, a space, or a line break and indentation. */
  private final Form space;

  /** The same before a closing bracket; never a blank line, which would end a turn. */
  private final Form lastSpace;

  private final Form string;
  private final Form integer;

  /** Any value. */
  private final Form value;

  /**
   * @param forms makes all that this one makes
   */
  Json(Forms forms) {
    this.forms = forms;
    digit = forms.bytes('0', '9');
    character = character();
    space = space(1);
    lastSpace = space(0);
    string = string(0, Form.UNBOUNDED);
    integer =
        forms.sequence(
            forms.optional(forms.literal("-")),
            forms.choice(
                forms.literal("0"),
                forms.sequence(forms.bytes('1', '9'), forms.repeat(digit, 0, MOST_DIGITS - 1))));
    Form.Reference any = new Form.Reference();
    any.become(
        forms.choice(
            map(any), array(any, 0, Form.UNBOUNDED), string, number(), truth(), nothing()));
    value = any;
  }

  private Form character() {
    Form continuation = forms.bytes(0x80, 0xbf);
    Form hex = forms.bytes('0', '9', 'a', 'f', 'A', 'F');
    return forms.choice(
        forms.bytes(0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f),
        forms.sequence(forms.bytes(0xc2, 0xdf), continuation),
        forms.sequence(forms.bytes(0xe0, 0xe0), forms.bytes(0xa0, 0xbf), continuation),
        forms.sequence(forms.bytes(0xe1, 0xec, 0xee, 0xef), continuation, continuation),
        forms.sequence(forms.bytes(0xed, 0xed), forms.bytes(0x80, 0x9f), continuation),
        forms.sequence(
            forms.bytes(0xf0, 0xf0), forms.bytes(0x90, 0xbf), continuation, continuation),
        forms.sequence(forms.bytes(0xf1, 0xf3), continuation, continuation, continuation),
        forms.sequence(
            forms.bytes(0xf4, 0xf4), forms.bytes(0x80, 0x8f), continuation, continuation),
        forms.sequence(
            forms.literal("\\"),
            forms.bytes(
                '"', '"', '\\', '\\', '/', '/', 'b', 'b', 'f', 'f', 'n', 'n', 'r', 'r', 't', 't')),
        forms.sequence(
            forms.literal("\\u"),
            forms.bytes('0', '9', 'a', 'c', 'A', 'C', 'e', 'f', 'E', 'F'),
            hex,
            hex,
            hex),
        forms.sequence(
            forms.literal("\\u"),
            forms.bytes('d', 'd', 'D', 'D'),
            forms.bytes('0', '7'),
            hex,
            hex));
  }

  private Form space(int leastIndentation) {
    return forms.choice(
        forms.sequence(),
        forms.literal(" "),
        forms.sequence(
            forms.literal("\n"),
            forms.repeat(forms.literal(" "), leastIndentation, MOST_INDENTATION)));
  }

  /** Any value. */
  Form value() {
    return value;
  }

  /** Any object. */
  Form object() {
    return map(value);
  }

  Form integer() {
    return integer;
  }

  Form number() {
    return forms.sequence(
        integer,
        forms.optional(forms.sequence(forms.literal("."), forms.repeat(digit, 1, MOST_DIGITS))),
        forms.optional(
            forms.sequence(
                forms.bytes('e', 'e', 'E', 'E'),
                forms.optional(forms.bytes('+', '+', '-', '-')),
                forms.repeat(digit, 1, 2))));
  }

  /** True or false. */
  Form truth() {
    return forms.words(List.of("true", "false"));
  }

  /** Null. */
  Form nothing() {
    return forms.literal("null");
  }

  /** A string of so many characters. */
  Form string(int fewest, int most) {
    return forms.sequence(
        forms.literal("\""), forms.repeat(character, fewest, most), forms.literal("\""));
  }

  /** An array of so many of these. */
  Form array(Form item, int fewest, int most) {
    Form next = forms.sequence(forms.literal(","), space, item);
    int rest = most == Form.UNBOUNDED ? most : Math.max(0, most - 1);
    Form items = forms.sequence(item, forms.repeat(next, Math.max(0, fewest - 1), rest));
    Form content = most == 0 ? forms.sequence() : fewest == 0 ? forms.optional(items) : items;
    return forms.sequence(forms.literal("["), space, content, lastSpace, forms.literal("]"));
  }

  /** An object with any names and these values. */
  Form map(Form values) {
    Form member = member(string, values);
    return object(
        forms.optional(
            forms.sequence(member, forms.any(forms.sequence(forms.literal(","), space, member)))));
  }

  /** A name and a value. */
  private Form member(Form name, Form of) {
    return forms.sequence(name, forms.literal(":"), space, of);
  }

  /**
   * A member of an object.
   *
   * @param name in quotes
   */
  record Member(String name, Form value, boolean required) {}

  /** An object with members in this order, of which those that are not required may be absent. */
  Form object(List<Member> members) {
    // From the last to the first: what may follow when one stands before it, and when none does.
    Form afterOne = forms.sequence();
    Form afterNone = forms.sequence();
    for (Member member : members.reversed()) {
      Form alone = member(forms.literal(member.name), member.value);
      Form first = forms.sequence(alone, afterOne);
      Form next = forms.sequence(forms.literal(","), space, alone, afterOne);
      afterOne = member.required ? next : forms.choice(next, afterOne);
      afterNone = member.required ? first : forms.choice(first, afterNone);
    }
    return object(afterNone);
  }

  /** An object with this between its braces. */
  private Form object(Form members) {
    return forms.sequence(forms.literal("{"), space, members, lastSpace, forms.literal("}"));
  }
}
