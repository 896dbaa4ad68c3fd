package dev.rwkvx.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Vocabularies made up for tests. */
final class Vocabularies {
  private Vocabularies() {}

  /** Every byte under its value + 1, as in the World vocabulary, then some longer tokens. */
  static Vocabulary small(String... longer) {
    List<byte[]> tokens = new ArrayList<>();
    tokens.add(Vocabulary.NO_BYTES);
    for (int value = 0; value < 256; value++) {
      tokens.add(new byte[] {(byte) value});
    }
    for (String token : longer) {
      tokens.add(token.getBytes(StandardCharsets.UTF_8));
    }
    return new Vocabulary("small", tokens.toArray(byte[][]::new));
  }

  static Vocabulary world(String text) {
    return WorldFormat.parse("test", "test.txt", text);
  }
}
