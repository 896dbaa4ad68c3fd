package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import java.util.Arrays;
import java.util.function.IntConsumer;

/** The tokens of a document while it is put together; used again for the next. */
final class TokenBuffer implements IntConsumer {
  private static final int MOST = Integer.MAX_VALUE - 8;

  private int[] tokens = new int[1 << 10];
  private int size;

  @Override
  public void accept(int token) {
    if (size == tokens.length) {
      if (size == MOST) {
        throw new InputException("a document has more than " + MOST + " tokens");
      }
      tokens = Arrays.copyOf(tokens, (int) Math.min(MOST, 2L * size));
    }
    tokens[size++] = token;
  }

  void clear() {
    size = 0;
  }

  int size() {
    return size;
  }

  /** The tokens, of which the first {@link #size} count; not a copy. */
  int[] tokens() {
    return tokens;
  }

  int[] toArray() {
    return Arrays.copyOf(tokens, size);
  }
}
