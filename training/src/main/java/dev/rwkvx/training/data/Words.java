package dev.rwkvx.training.data;

/**
 * Where tokens may begin and end: a vocabulary is easier to learn when its tokens are words and
 * parts of words. A word is a run of letters with one space or sign before it; a run of signs with
 * a space before and line breaks after it; a digit with nothing; or white space. All bytes of
 * characters beyond ASCII are letters.
 */
final class Words {
  /** Longer runs are cut. */
  private static final int LONGEST = 64;

  private Words() {}

  /** The end of the word that starts at {@code from}, at most {@code to}. */
  static int end(byte[] text, int from, int to) {
    int limit = Math.min(to, from + LONGEST);
    int at = from;
    if (isDigit(text[at])) {
      return at + 1;
    }
    boolean marked =
        !isLetter(text[at]) && !isBreak(text[at]) && at + 1 < limit && isLetter(text[at + 1]);
    if (isLetter(text[at]) || marked) {
      at++;
      while (at < limit && isLetter(text[at])) {
        at++;
      }
      return limit < to ? characterStart(text, from, at) : at;
    }
    int sign = text[at] == ' ' ? at + 1 : at;
    if (sign < limit && isSign(text[sign])) {
      at = sign;
      // The last sign before a letter belongs to the letters.
      while (at < limit && isSign(text[at]) && !(at > sign && startsLetters(text, at, to))) {
        at++;
      }
      while (at < limit && isBreak(text[at])) {
        at++;
      }
      return at;
    }
    // The last space before a word belongs to the word.
    while (at < limit && isSpace(text[at]) && !(at > from && startsWord(text, at, to))) {
      at++;
    }
    return Math.max(at, from + 1);
  }

  /** Whether a place is between two characters of UTF-8. */
  static boolean isEdge(byte[] text, int at, int end) {
    return at >= end || (text[at] & 0xc0) != 0x80;
  }

  private static boolean startsLetters(byte[] text, int at, int to) {
    return at + 1 < to && isLetter(text[at + 1]);
  }

  private static boolean startsWord(byte[] text, int at, int to) {
    return text[at] == ' ' && at + 1 < to && !isSpace(text[at + 1]) && !isDigit(text[at + 1]);
  }

  /** The last place not behind {@code at} that is between two characters, if there is one. */
  private static int characterStart(byte[] text, int from, int at) {
    int edge = at;
    while (edge > from && !isEdge(text, edge, text.length)) {
      edge--;
    }
    return edge > from ? edge : at;
  }

  private static boolean isLetter(byte value) {
    return value < 0 || value >= 'a' && value <= 'z' || value >= 'A' && value <= 'Z';
  }

  private static boolean isDigit(byte value) {
    return value >= '0' && value <= '9';
  }

  private static boolean isBreak(byte value) {
    return value == '\n' || value == '\r';
  }

  private static boolean isSpace(byte value) {
    return value == ' ' || value == '\t' || isBreak(value);
  }

  private static boolean isSign(byte value) {
    return !isLetter(value) && !isDigit(value) && !isSpace(value);
  }
}
