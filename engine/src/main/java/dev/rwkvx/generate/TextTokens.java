package dev.rwkvx.generate;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.util.stream.IntStream;

/**
 * The ids of a model that stand for text, and their text. A model often has more ids than its
 * vocabulary; those are never drawn. Immutable, for any number of threads.
 */
public final class TextTokens {
  private final Tokenizer tokenizer;
  private final int size;

  /** Ids of the model that stand for no text. */
  private final int[] textless;

  /**
   * Joins a vocabulary with the size of a model.
   *
   * @param tokenizer the vocabulary
   * @param size token ids of the model, the length of its logits
   * @throws InputException when the vocabulary has more ids than the model
   */
  public TextTokens(Tokenizer tokenizer, int size) {
    Vocabulary vocabulary = tokenizer.vocabulary();
    if (vocabulary.size() > size) {
      throw new InputException(
          "The vocabulary '%s' has %d ids, more than the %d of the model"
              .formatted(vocabulary.name(), vocabulary.size(), size));
    }
    this.tokenizer = tokenizer;
    this.size = size;
    textless =
        IntStream.range(0, size)
            .filter(id -> id != GenerationOptions.END_OF_DOCUMENT && !vocabulary.isToken(id))
            .toArray();
  }

  /** {@return the vocabulary} */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** {@return token ids of the model} */
  public int size() {
    return size;
  }

  /** Takes the ids without text out of the choice. */
  void mask(float[] logits) {
    for (int id : textless) {
      logits[id] = Float.NEGATIVE_INFINITY;
    }
  }
}
