package dev.rwkvx.evaluation.trace;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.EvaluationListener;
import dev.rwkvx.evaluation.Prompt;
import dev.rwkvx.evaluation.gate.TokenRange;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.util.Arrays;
import java.util.Optional;

/** Lets a model answer a prompt greedily and keeps what its sparse blocks attended to. */
public final class Tracer {
  private static final int PIECE = 2048;
  private static final int MOST_NEEDLES = 1000;

  private final RwkvX model;
  private final Tokenizer tokenizer;
  private final Options options;

  /**
   * What to look at.
   *
   * @param generate the most tokens to add to the prompt, 0 or more
   * @param sampled queries of the pictures, spread evenly over the text; 0 for no pictures
   * @param queries positions that are listed with their chunks; without it those of the answer,
   *     from that of the prompt's last token on
   * @param needle a text of the prompt that the answer should come from; empty for none
   */
  public record Options(int generate, int sampled, Optional<Positions> queries, String needle) {
    /** Queries that the pictures show where nobody says otherwise. */
    public static final int USUAL_SAMPLED = 1024;
  }

  /**
   * Positions of tokens, from 0.
   *
   * @param first at least 0
   * @param last at least {@code first}
   */
  public record Positions(long first, long last) {
    /** Checks their order. */
    public Positions {
      if (first < 0 || last < first) {
        throw new InputException(
            "The positions are %d to %d; expected 0 or more, the smaller one first"
                .formatted(first, last));
      }
    }
  }

  /**
   * Prepares traces.
   *
   * @param model stays the caller's
   * @param tokenizer the model's vocabulary
   * @param options what to look at
   */
  public Tracer(RwkvX model, Tokenizer tokenizer, Options options) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.options = options;
  }

  /**
   * Reads a prompt and answers it.
   *
   * @param state empty; it keeps all keys and values
   * @param prompt at least one token
   * @param listener hears how far the reading is
   * @return what was attended to
   * @throws InputException when the model has no sparse blocks, the needle or the queries are not
   *     in the prompt, or an id lies outside the vocabulary
   */
  public Trace trace(State state, int[] prompt, EvaluationListener listener) {
    if (prompt.length == 0) {
      throw new InputException("The prompt is empty; expected at least one token");
    }
    TraceCollector collector = collector(prompt);
    state.observe(collector);
    float[] logits = new float[model.config().vocabulary()];
    for (int at = 0; at < prompt.length; at += PIECE) {
      int end = Math.min(at + PIECE, prompt.length);
      model.forward(prompt, at, end, state, logits);
      listener.progress(end, prompt.length);
    }
    int[] answer = answer(state, prompt, logits);
    int[] tokens = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, tokens, prompt.length, answer.length);
    state.observe(null);
    return collector.trace(
        new Trace.TracedText(
            String.valueOf(model.path().getFileName()),
            tokenizer,
            tokens,
            prompt.length,
            options.needle));
  }

  private TraceCollector collector(int[] prompt) {
    long last = prompt.length - 1L;
    Positions listed =
        options.queries.orElseGet(
            () -> new Positions(last, last + Math.max(0, options.generate - 1)));
    if (listed.last > last + Math.max(0, options.generate - 1)) {
      throw new InputException(
          ("The queries go to position %d; expected at most %d, in a prompt of %d tokens of which"
                  + " %d more are generated")
              .formatted(
                  listed.last,
                  last + Math.max(0, options.generate - 1),
                  prompt.length,
                  options.generate));
    }
    checkNeedle(prompt);
    return new TraceCollector(
        model.config(),
        new TraceCollector.Extent(
            (long) prompt.length + options.generate,
            options.sampled,
            listed.first,
            listed.last + 1));
  }

  private void checkNeedle(int[] prompt) {
    if (options.needle.isEmpty()) {
      return;
    }
    int found = TokenRange.of(tokenizer, prompt, options.needle).size();
    if (found == 0 || found > MOST_NEEDLES) {
      throw new InputException(
          "The needle '%s' is %d times in the prompt; expected a part of it, at most %d times"
              .formatted(options.needle, found, MOST_NEEDLES));
    }
  }

  private int[] answer(State state, int[] prompt, float[] logits) {
    if (options.generate == 0) {
      return new int[0];
    }
    Vocabulary vocabulary = tokenizer.vocabulary();
    Prompt.Greedy answer =
        new Prompt.Greedy(prompt, options.generate, vocabulary.isToken(0) ? Prompt.END : 0);
    int[] token = new int[1];
    for (token[0] = answer.next(logits); token[0] != Prompt.END; token[0] = answer.next(logits)) {
      model.forward(token, 0, 1, state, logits);
    }
    return answer.answer();
  }
}
