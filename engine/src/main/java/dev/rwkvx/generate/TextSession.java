package dev.rwkvx.generate;

import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * One text that people and a model write in turns: each token is read once, however long the text.
 * Used by one thread at a time.
 */
public final class TextSession implements AutoCloseable {
  private static final int USUAL_MAX_TOKENS = 256;

  private final ModelContext context;
  private final Tokenizer tokenizer;
  private final Generator generator;

  /** The token of the text that was drawn last, until it is read. */
  private int[] unread = {};

  /**
   * Goes on with what the context has read.
   *
   * @param context is closed with this
   * @param tokenizer the model's vocabulary
   * @throws dev.rwkvx.InputException when the vocabulary does not fit the model
   */
  public TextSession(ModelContext context, Tokenizer tokenizer) {
    this.context = context;
    this.tokenizer = tokenizer;
    generator = new Generator(context, tokenizer);
  }

  /**
   * Appends a text and lets the model continue it: to the end of the document, at most 256 tokens,
   * each drawn from the model's own probabilities with seed 0.
   *
   * @param text may be empty where the model has not come to an end
   * @param listener hears what the model writes, while it does
   * @return why the text ended, how long it is and how fast it was
   * @throws dev.rwkvx.InputException when there is nothing to continue, or the text cannot be
   *     encoded
   */
  public Generation generate(String text, GenerationListener listener) {
    return generate(
        text, SamplingOptions.defaults(), GenerationOptions.upTo(USUAL_MAX_TOKENS), listener);
  }

  /**
   * {@link #generate(String, GenerationListener)} with all its options.
   *
   * @param text may be empty where the model has not come to an end
   * @param sampling how tokens are drawn
   * @param options when the text ends
   * @param listener hears what the model writes, while it does
   * @return why the text ended, how long it is and how fast it was
   */
  public Generation generate(
      String text,
      SamplingOptions sampling,
      GenerationOptions options,
      GenerationListener listener) {
    return generate(tokenizer.encode(text), sampling, options, listener, () -> false);
  }

  /**
   * Appends tokens and lets the model continue them.
   *
   * @param tokens may be empty where the model has not come to an end
   * @param sampling how tokens are drawn
   * @param options when the text ends
   * @param listener hears what the model writes, while it does
   * @param cancelled asked between tokens; what was read and written until then stays
   * @return why the text ended, how long it is and how fast it was
   * @throws dev.rwkvx.InputException when there is nothing to continue, or an id is outside the
   *     model's vocabulary
   */
  public Generation generate(
      int[] tokens,
      SamplingOptions sampling,
      GenerationOptions options,
      GenerationListener listener,
      BooleanSupplier cancelled) {
    int[] prompt = Arrays.copyOf(unread, unread.length + tokens.length);
    System.arraycopy(tokens, 0, prompt, unread.length, tokens.length);
    LastToken last = new LastToken(listener);
    Generation generation =
        generator.generate(
            prompt, new Sampler(sampling, context.vocabulary()), options, last, cancelled);
    boolean heard = generation.end() == End.LENGTH || generation.end() == End.CANCELLED;
    unread = heard && generation.tokens() > 0 ? last.id : new int[0];
    return generation;
  }

  /** Remembers the token that the generator draws and does not read. */
  private static final class LastToken implements GenerationListener {
    private final GenerationListener listener;
    private final int[] id = new int[1];

    LastToken(GenerationListener listener) {
      this.listener = listener;
    }

    @Override
    public void onToken(int token) {
      id[0] = token;
      listener.onToken(token);
    }

    @Override
    public void onText(String piece) {
      listener.onText(piece);
    }
  }

  /** {@return what has been read, which is the whole text} */
  public ModelContext context() {
    if (unread.length > 0) {
      context.read(unread, 0, unread.length, new float[context.vocabulary()]);
      unread = new int[0];
    }
    return context;
  }

  /**
   * Saves what the model remembers of the text.
   *
   * @param file is replaced if it exists, and appears whole or not at all
   * @throws dev.rwkvx.InputException when the file cannot be written
   */
  public void save(Path file) {
    context().save(file);
  }

  /**
   * Goes on with a saved text in place of this one.
   *
   * @param file written by {@link #save}, by whatever process
   * @throws dev.rwkvx.InputException when the file was not saved with this model, vocabulary and
   *     kind of cache; this text is unchanged then
   */
  public void load(Path file) {
    context.load(file);
    unread = new int[0];
  }

  @Override
  public void close() {
    context.close();
  }
}
