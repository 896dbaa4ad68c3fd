package dev.rwkvx.generate;

import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.tokenizer.StreamingDecoder;
import java.util.Optional;

/**
 * One text while it is written: from the logits after each token to the next token, the text that
 * is certain, and the end. Whoever has the model reads each {@link #token()} into it and comes back
 * with the logits. For one text, by one thread at a time.
 */
public final class Continuation {
  private final TextTokens texts;
  private final Sampler sampler;
  private final GenerationOptions options;
  private final TokenConstraint constraint;
  private final GenerationListener listener;
  private final StreamingDecoder decoder;
  private final StopSequences stops;
  private int token;
  private int count;

  /**
   * A text of which nothing has been drawn yet.
   *
   * @param texts the text of each token
   * @param sampler for as many ids as the model has
   * @param options when the text ends
   * @param constraint what the text has to be like; {@link TokenConstraint} tells how
   * @param listener hears the tokens and the text before any stop string
   */
  public Continuation(
      TextTokens texts,
      Sampler sampler,
      GenerationOptions options,
      TokenConstraint constraint,
      GenerationListener listener) {
    this.texts = texts;
    this.sampler = sampler;
    this.options = options;
    this.constraint = constraint;
    this.listener = listener;
    decoder = texts.tokenizer().streamingDecoder();
    stops = new StopSequences(options.stopStrings());
  }

  /**
   * Draws the next token.
   *
   * @param logits after all tokens so far; changed by the call
   * @return why the text ends with this token, if it does; all of it has been heard then
   * @throws dev.rwkvx.InputException when there is no token to draw
   */
  public Optional<End> draw(float[] logits) {
    texts.mask(logits);
    constraint.mask(logits, options.maxTokens() - count);
    token = sampler.sample(logits);
    if (options.stopTokens().contains(token)) {
      finish();
      return Optional.of(End.STOP_TOKEN);
    }
    count++;
    constraint.accept(token);
    listener.onToken(token);
    emit(stops.append(decoder.append(token)));
    if (stops.found()) {
      return Optional.of(End.STOP_STRING);
    }
    if (count == options.maxTokens()) {
      finish();
      return Optional.of(End.LENGTH);
    }
    return Optional.empty();
  }

  /** Ends the text where it is: what was held back is heard. */
  public void finish() {
    emit(stops.append(decoder.finish()));
    emit(stops.finish());
  }

  /** {@return the token drawn last, stop token or not; the model has not read it} */
  public int token() {
    return token;
  }

  /** {@return tokens drawn, without a stop token} */
  public int count() {
    return count;
  }

  private void emit(String piece) {
    if (!piece.isEmpty()) {
      listener.onText(piece);
    }
  }
}
