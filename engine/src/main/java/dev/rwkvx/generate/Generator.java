package dev.rwkvx.generate;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.tokenizer.StreamingDecoder;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Continues a prompt token by token. */
public final class Generator {
  /** Tokens of a prompt between two looks at the cancellation. */
  private static final int PIECE = 512;

  private final Context context;
  private final Tokenizer tokenizer;

  /** Ids of the model that stand for no text and are never drawn. */
  private final int[] textless;

  /**
   * @throws InputException when the vocabulary has more ids than the model
   */
  public Generator(Context context, Tokenizer tokenizer) {
    this.context = context;
    this.tokenizer = tokenizer;
    Vocabulary vocabulary = tokenizer.vocabulary();
    if (vocabulary.size() > context.vocabulary()) {
      throw new InputException(
          "The vocabulary '%s' has %d ids, more than the %d of the model"
              .formatted(vocabulary.name(), vocabulary.size(), context.vocabulary()));
    }
    textless =
        IntStream.range(0, context.vocabulary())
            .filter(id -> id != GenerationOptions.END_OF_DOCUMENT && !vocabulary.isToken(id))
            .toArray();
  }

  /**
   * Reads a prompt and generates what follows. Afterwards the context has read the prompt and every
   * token but the one drawn last, stop token or not; when cancelled before the first token, a part
   * of the prompt.
   *
   * @param prompt token ids, at least one
   * @param sampler for the context's vocabulary
   * @param listener hears the tokens and the text before any stop string
   * @param cancelled asked between tokens and between pieces of the prompt
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
    Text text = new Text(tokenizer.streamingDecoder(), options, listener);
    int[] token = new int[1];
    int count = 0;
    while (true) {
      for (int id : textless) {
        logits[id] = Float.NEGATIVE_INFINITY;
      }
      token[0] = sampler.sample(logits);
      End end = null;
      if (options.stopTokens().contains(token[0])) {
        end = End.STOP_TOKEN;
      } else {
        count++;
        listener.onToken(token[0]);
        if (text.append(token[0])) {
          end = End.STOP_STRING;
        } else if (count == options.maxTokens()) {
          end = End.LENGTH;
        } else if (cancelled.getAsBoolean()) {
          end = End.CANCELLED;
        }
      }
      if (end != null) {
        text.finish();
        return new Generation(end, read, prompted - start, count, System.nanoTime() - prompted);
      }
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

  /** From tokens to the text that the listener hears. */
  private record Text(StreamingDecoder decoder, StopSequences stops, GenerationListener listener) {
    Text(StreamingDecoder decoder, GenerationOptions options, GenerationListener listener) {
      this(decoder, new StopSequences(options.stopStrings()), listener);
    }

    /** Whether the token has brought a stop string. */
    boolean append(int token) {
      emit(stops.append(decoder.append(token)));
      return stops.found();
    }

    void finish() {
      if (!stops.found()) {
        emit(stops.append(decoder.finish()));
        emit(stops.finish());
      }
    }

    private void emit(String piece) {
      if (!piece.isEmpty()) {
        listener.onText(piece);
      }
    }
  }
}
