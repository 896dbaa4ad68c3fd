package dev.rwkvx.generate;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Continues a prompt token by token. */
public final class Generator {
  /** Tokens of a prompt between two looks at the cancellation. */
  private static final int PIECE = 512;

  private final Context context;
  private final TextTokens texts;

  /**
   * Generates into a context, from whatever it has read.
   *
   * @param context stays the caller's to close
   * @param tokenizer the model's vocabulary
   * @throws InputException when the vocabulary has more ids than the model
   */
  public Generator(Context context, Tokenizer tokenizer) {
    this.context = context;
    texts = new TextTokens(tokenizer, context.vocabulary());
  }

  /**
   * Reads a prompt and generates what follows. Afterwards the context has read the prompt and every
   * token but the one drawn last, stop token or not; when cancelled before the first token, a part
   * of the prompt.
   *
   * @param prompt token ids, at least one
   * @param sampler for the context's vocabulary
   * @param options when the text ends
   * @param listener hears the tokens and the text before any stop string
   * @param cancelled asked between tokens and between pieces of the prompt
   * @return why it ended, how long it is and how fast it was
   * @throws InputException when the prompt is empty or has an id outside the model's vocabulary
   */
  public Generation generate(
      int[] prompt,
      Sampler sampler,
      GenerationOptions options,
      GenerationListener listener,
      BooleanSupplier cancelled) {
    if (prompt.length == 0) {
      throw new InputException("The prompt is empty; expected at least one token");
    }
    long start = System.nanoTime();
    float[] logits = new float[context.vocabulary()];
    int read = read(prompt, logits, cancelled);
    long prompted = System.nanoTime();
    if (read < prompt.length) {
      return new Generation(End.CANCELLED, read, prompted - start, 0, 0);
    }
    Continuation text = new Continuation(texts, sampler, options, TokenConstraint.NONE, listener);
    int[] token = new int[1];
    while (true) {
      Optional<End> end = text.draw(logits);
      if (end.isEmpty() && cancelled.getAsBoolean()) {
        text.finish();
        end = Optional.of(End.CANCELLED);
      }
      if (end.isPresent()) {
        return new Generation(
            end.get(), read, prompted - start, text.count(), System.nanoTime() - prompted);
      }
      token[0] = text.token();
      context.read(token, 0, 1, logits);
    }
  }

  private int read(int[] prompt, float[] logits, BooleanSupplier cancelled) {
    int at = 0;
    while (at < prompt.length && !cancelled.getAsBoolean()) {
      int end = Math.min(at + PIECE, prompt.length);
      context.read(prompt, at, end, logits);
      at = end;
    }
    return at;
  }
}
