package dev.rwkvx.training.tasks;

import dev.rwkvx.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;

/** How long texts are. */
public interface Measure {
  /** In bytes of UTF-8. */
  Measure BYTES =
      new Measure() {
        @Override
        public int of(String text) {
          return text.getBytes(StandardCharsets.UTF_8).length;
        }

        @Override
        public int bytes(byte[] text, int units) {
          return Math.min(units, text.length);
        }
      };

  /**
   * {@return the length of a document}
   *
   * @param text a document, or a part of one
   */
  int of(String text);

  /**
   * The bytes of the first {@code units} of a part of a document, all when it is shorter.
   *
   * @param text a document, or a part of one
   * @param units of this measure
   * @return a number of bytes, at most those of the text
   */
  int bytes(byte[] text, int units);

  /**
   * {@return in tokens, with the token 0 that ends a document}
   *
   * @param tokenizer the vocabulary of the model to train
   */
  static Measure tokens(Tokenizer tokenizer) {
    return new Measure() {
      @Override
      public int of(String text) {
        return tokenizer.encode(text).length + 1;
      }

      @Override
      public int bytes(byte[] text, int units) {
        int[] ids = tokenizer.encode(text);
        int bytes = 0;
        for (int i = 0; i < Math.min(units, ids.length); i++) {
          bytes += tokenizer.vocabulary().bytesOf(ids[i]).orElseThrow().length;
        }
        return bytes;
      }
    };
  }
}
