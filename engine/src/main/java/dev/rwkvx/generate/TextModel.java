package dev.rwkvx.generate;

import dev.rwkvx.InputException;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.file.Path;

/**
 * A model and the vocabulary that turns its tokens into text: the shortest way from a file to what
 * a model says. Holds no conversation, and serves any number of threads.
 */
public final class TextModel implements AutoCloseable {
  private final RwkvX model;
  private final Tokenizer tokenizer;

  /**
   * Joins a model and a vocabulary.
   *
   * @param model is closed with this
   * @throws InputException when two ids of the vocabulary have the same bytes
   */
  public TextModel(RwkvX model, Vocabulary vocabulary) {
    this.model = model;
    tokenizer = new Tokenizer(vocabulary);
  }

  /**
   * Opens a model file with the vocabulary that it names, and runs it on all processors.
   *
   * @throws InputException when the file is no model, or its vocabulary is not found
   */
  public static TextModel open(Path file) {
    return open(file, ModelOptions.defaults());
  }

  /**
   * Opens a model file with the vocabulary that it names.
   *
   * @throws InputException when the file is no model, or its vocabulary is not found
   */
  public static TextModel open(Path file, ModelOptions options) {
    RwkvX model = RwkvX.open(file, options);
    try {
      Vocabulary vocabulary =
          ModelVocabulary.find(model)
              .orElseThrow(() ->
                  new InputException(
                      "A vocabulary is needed: " + ModelVocabulary.whyMissing(model)));
      return new TextModel(model, vocabulary);
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  /**
   * Opens a model file with a vocabulary that is at hand.
   *
   * @throws InputException when the file is no model
   */
  public static TextModel open(Path file, ModelOptions options, Vocabulary vocabulary) {
    RwkvX model = RwkvX.open(file, options);
    try {
      return new TextModel(model, vocabulary);
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  public RwkvX model() {
    return model;
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /**
   * A new text, which keeps all keys and values in memory.
   *
   * @throws InputException when the vocabulary does not fit the model
   */
  public TextSession newSession() {
    return newSession(CacheOptions.exact());
  }

  /**
   * A new text.
   *
   * @throws InputException when the vocabulary or the options do not fit the model
   */
  public TextSession newSession(CacheOptions options) {
    return new TextSession(newContext(options), tokenizer);
  }

  /**
   * What a {@link Generator} or a {@link ChatSession} writes into, with nothing read yet.
   *
   * @throws InputException when the options do not fit the model
   */
  public ModelContext newContext(CacheOptions options) {
    return new ModelContext(model, tokenizer.vocabulary().fingerprint(), model.newState(options));
  }

  /** Ends the threads and frees the weights; nothing may be generating. */
  @Override
  public void close() {
    model.close();
  }
}
