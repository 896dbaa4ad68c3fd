package dev.rwkvx.server.grammar;

import dev.rwkvx.tokenizer.Vocabulary;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a vocabulary in the order of their bytes, so that what many begin with is looked at
 * once. Immutable.
 */
public final class TokenOrder {
  private final int[] ids;
  private final byte[][] tokens;

  /** Bytes that a token has in common with the one before. */
  private final int[] shared;

  private final byte[][] byId;
  private final int longest;

  /**
   * Sorts a vocabulary.
   *
   * @param vocabulary of the model
   */
  public TokenOrder(Vocabulary vocabulary) {
    byId = new byte[vocabulary.size()][];
    Arrays.setAll(byId, id -> vocabulary.bytesOf(id).orElse(new byte[0]));
    List<Integer> order =
        IntStream.range(0, byId.length)
            .filter(id -> byId[id].length > 0)
            .boxed()
            .sorted(Comparator.comparing(id -> byId[id], Arrays::compareUnsigned))
            .toList();
    ids = order.stream().mapToInt(Integer::intValue).toArray();
    tokens = order.stream().map(id -> byId[id]).toArray(byte[][]::new);
    shared = new int[ids.length];
    for (int i = 1; i < ids.length; i++) {
      int mismatch = Arrays.mismatch(tokens[i - 1], tokens[i]);
      shared[i] = mismatch < 0 ? tokens[i].length : mismatch;
    }
    longest = Arrays.stream(tokens).mapToInt(token -> token.length).max().orElse(0);
  }

  /** Ids of the vocabulary. */
  int size() {
    return byId.length;
  }

  /** Hears of a token that may come next, and of the position after it. */
  @FunctionalInterface
  interface Sink {
    void accept(int id, Position after);
  }

  /** All tokens with which a text may go on. */
  void allowed(Position start, Sink sink) {
    @Nullable Position[] path = new @Nullable Position[longest + 1];
    path[0] = start;
    // Leading bytes of the token before that fit.
    int fitting = 0;
    for (int i = 0; i < ids.length; i++) {
      if (shared[i] > fitting) {
        continue;
      }
      fitting = shared[i];
      byte[] token = tokens[i];
      Position at = path[fitting];
      while (at != null && fitting < token.length) {
        at = at.after(token[fitting]);
        if (at != null) {
          path[++fitting] = at;
        }
      }
      if (at != null) {
        sink.accept(ids[i], at);
      }
    }
  }

  /** The position after a token; null when the text must not go on with it. */
  @Nullable Position after(@Nullable Position start, int id) {
    Position at = start;
    for (byte next : byId[id]) {
      at = at == null ? null : at.after(next);
    }
    return at;
  }
}
