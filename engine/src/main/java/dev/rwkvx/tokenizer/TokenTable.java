package dev.rwkvx.tokenizer;

import static dev.rwkvx.tokenizer.Vocabulary.MAX_SIZE;
import static dev.rwkvx.tokenizer.Vocabulary.NO_BYTES;

import java.util.Arrays;
import java.util.Optional;

/** Tokens by id while a file is read, in whatever order it has them. */
final class TokenTable {
  private byte[][] tokens = new byte[256][];
  private int size;

  /** Whether an id may be used at all. */
  static boolean isId(long id) {
    return id >= 0 && id < MAX_SIZE;
  }

  /**
   * Adds a token, or an id without bytes.
   *
   * @param id one for which {@link #isId} holds
   * @param token its bytes; may be empty
   * @return whether the id was free
   */
  boolean put(int id, byte[] token) {
    if (id >= tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(id + 1, Math.min(2 * tokens.length, MAX_SIZE)));
    }
    if (tokens[id] != null) {
      return false;
    }
    tokens[id] = token;
    size = Math.max(size, id + 1);
    return true;
  }

  /** The highest id + 1. */
  int size() {
    return size;
  }

  /**
   * What has been added; other ids have no bytes. Id 0 ends a document, except in the vocabulary of
   * the 256 bytes.
   *
   * @return empty when id 0 is a token and this is not that vocabulary
   */
  Optional<Vocabulary> vocabulary(String name) {
    byte[][] filled = new byte[size][];
    Arrays.setAll(filled, id -> tokens[id] == null ? NO_BYTES : tokens[id]);
    if (size == 0 || filled[0].length == 0) {
      return Optional.of(new Vocabulary(name, filled));
    }
    Vocabulary bytes = Vocabulary.bytes();
    boolean isBytes = size == bytes.size();
    for (int id = 0; isBytes && id < size; id++) {
      isBytes = Arrays.equals(filled[id], bytes.decode(id));
    }
    return isBytes ? Optional.of(bytes) : Optional.empty();
  }
}
