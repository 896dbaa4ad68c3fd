package dev.rwkvx.generate;

import dev.rwkvx.InputException;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.file.Path;

/**
 * A model and the vocabulary that turns its tokens into text: the shortest way from a file to what
 * a model says. Holds no conversation, and serves any number of threads.
 */
public final class TextModel implements AutoCloseable {
  /** Tokens after which others have their turn. */
  private static final int PIECE = 512;

  private final RwkvX model;
  private final Tokenizer tokenizer;

  /**
   * Joins a model and a vocabulary.
   *
   * @param model is closed with this
   * @param vocabulary what the model's token ids stand for
   * @throws InputException when the vocabulary has more ids than the model, or two with the same
   *     bytes
   */
  public TextModel(RwkvX model, Vocabulary vocabulary) {
    this.model = model;
    tokenizer = new TextTokens(new Tokenizer(vocabulary), model.config().vocabulary()).tokenizer();
  }

  /**
   * Opens a model file with the vocabulary that it names, and runs it on all processors.
   *
   * @param file a {@code .pth}, {@code .safetensors} or {@code .gguf} file, or the index or folder
   *     of one in several parts
   * @return the model, to be closed by the caller
   * @throws InputException when the file is no model, or its vocabulary is not found
   */
  public static TextModel open(Path file) {
    return open(file, ModelOptions.defaults());
  }

  /**
   * Opens a model file with the vocabulary that it names.
   *
   * @param file a {@code .pth}, {@code .safetensors} or {@code .gguf} file, or the index or folder
   *     of one in several parts
   * @param options threads, kernels, and the chunk size and top-k of files that do not tell
   * @return the model, to be closed by the caller
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
   * @param file a {@code .pth}, {@code .safetensors} or {@code .gguf} file, or the index or folder
   *     of one in several parts
   * @param options threads, kernels, and the chunk size and top-k of files that do not tell
   * @param vocabulary what the model's token ids stand for
   * @return the model, to be closed by the caller
   * @throws InputException when the file is no model, or the vocabulary does not fit it
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

  /** {@return the model without its vocabulary; it is closed with this} */
  public RwkvX model() {
    return model;
  }

  /** {@return what turns texts into the model's token ids and back} */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** {@return a new text, which keeps all keys and values in memory} */
  public TextSession newSession() {
    return newSession(CacheOptions.exact());
  }

  /**
   * {@return a new text}
   *
   * @param options how keys and values of sparse blocks are kept
   * @throws InputException when the options do not fit the model
   */
  public TextSession newSession(CacheOptions options) {
    return new TextSession(newContext(options), tokenizer);
  }

  /**
   * What a {@link Generator} or a {@link ChatSession} writes into, with nothing read yet.
   *
   * @param options how keys and values of sparse blocks are kept
   * @return a context, to be closed by the caller
   * @throws InputException when the options do not fit the model
   */
  public ModelContext newContext(CacheOptions options) {
    return newContext(model.newState(options));
  }

  /**
   * What goes on with a state of this model.
   *
   * @param state becomes the context's own
   * @return a context, to be closed by the caller
   */
  public ModelContext newContext(State state) {
    return new ModelContext(model, tokenizer.vocabulary().fingerprint(), state);
  }

  /**
   * The vector of a text, for comparing texts by the cosine: the mean of its tokens' hidden states,
   * with length 1. The models were not trained for it.
   *
   * @param text what to read, alone and from the beginning
   * @return as many numbers as the model's embedding has
   * @throws InputException when the text is empty or cannot be encoded
   */
  public float[] embed(String text) {
    int[] tokens = tokenizer.encode(text);
    if (tokens.length == 0) {
      throw new InputException("The text to embed is empty; expected at least one token");
    }
    MeanVector mean = new MeanVector(model.config().embedding());
    try (State state = model.newState()) {
      for (int at = 0; at < tokens.length; at += PIECE) {
        model.hiddenAll(tokens, at, Math.min(at + PIECE, tokens.length), state, mean);
      }
    }
    return mean.direction();
  }

  /** Ends the threads and frees the weights; nothing may be generating. */
  @Override
  public void close() {
    model.close();
  }
}
