package dev.rwkvx.tokenizer;

import java.util.Random;

/** Random texts and bytes for tests, the same for the same seed. */
final class Texts {
  private static final String[] PIECES = {
    "the ", " and", "\n\n", "é", "日本", "😀", "🏳️‍🌈", "\t", "0123", "\\", "'", "\u2028", "\0", "ß",
    "\r\n"
  };

  private final Random random;

  Texts(long seed) {
    random = new Random(seed);
  }

  /** Well-formed text of all kinds of characters. */
  String unicode(int characters) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < characters; i++) {
      switch (random.nextInt(4)) {
        case 0 -> text.append(PIECES[random.nextInt(PIECES.length)]);
        case 1 -> text.append((char) random.nextInt(128));
        case 2 -> text.appendCodePoint(random.nextInt(Character.MIN_SURROGATE));
        default -> text.appendCodePoint(0xe000 + random.nextInt(0x110000 - 0xe000));
      }
    }
    return text.toString();
  }

  byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }
}
