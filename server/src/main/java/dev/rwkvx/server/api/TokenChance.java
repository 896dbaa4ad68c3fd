package dev.rwkvx.server.api;

import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A token and how probable the model thought it, before penalties, biases and temperature.
 *
 * @param logprob natural logarithm of the probability
 * @param top the most probable tokens at its place, the most probable first
 */
record TokenChance(int id, double logprob, List<Alternative> top) {
  /** A token that might have stood there. */
  record Alternative(int id, double logprob) {}

  /**
   * The chances of a token.
   *
   * @param rows logits, of which {@code size} from {@code at} are one per token of the model
   * @param most alternatives to tell
   */
  static TokenChance of(float[] rows, int at, int size, int token, int most) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      max = Math.max(max, rows[at + i]);
    }
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += Math.exp(rows[at + i] - max);
    }
    double all = max + Math.log(sum);
    List<Alternative> top = new ArrayList<>(most);
    for (int id : largest(rows, at, size, most)) {
      top.add(new Alternative(id, rows[at + id] - all));
    }
    return new TokenChance(token, rows[at + token] - all, top);
  }

  /** The ids with the largest logits, the largest first, of equals the lower id. */
  private static int[] largest(float[] rows, int at, int size, int most) {
    int[] ids = new int[Math.min(most, size)];
    int count = 0;
    for (int id = 0; id < size && ids.length > 0; id++) {
      float logit = rows[at + id];
      if (count == ids.length && logit <= rows[at + ids[count - 1]]) {
        continue;
      }
      int place = count < ids.length ? count++ : count - 1;
      while (place > 0 && logit > rows[at + ids[place - 1]]) {
        ids[place] = ids[place - 1];
        place--;
      }
      ids[place] = id;
    }
    return ids;
  }

  /** The bytes of a token; none for the end of a document. */
  static byte[] bytes(int id, Vocabulary vocabulary) {
    return vocabulary.bytesOf(id).orElse(new byte[0]);
  }

  /** A name of a token that no other has: its text, or its bytes where they are no text. */
  static String name(int id, Vocabulary vocabulary) {
    byte[] bytes = bytes(id, vocabulary);
    if (bytes.length == 0) {
      return Tokens.END_OF_DOCUMENT_NAME;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      StringBuilder name = new StringBuilder("bytes:");
      for (byte value : bytes) {
        name.append("\\x%02x".formatted(value & 0xff));
      }
      return name.toString();
    }
  }
}
