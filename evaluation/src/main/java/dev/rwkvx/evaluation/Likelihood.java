package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How probable a model finds a continuation.
 *
 * @param logProbability of all its tokens, in nats
 * @param greedy whether each of them was the most probable one
 */
public record Likelihood(double logProbability, boolean greedy) {
  /** A continuation of a context. */
  static final class Item extends Prompt.Forced {
    private final String name;

    Item(String name, int[] context, int[] continuation) {
      super(context, continuation);
      this.name = name;
    }

    private Likelihood likelihood() {
      if (!Double.isFinite(logProbability())) {
        throw new InputException(
            "The model's logits for item %s are not finite; is the model damaged?".formatted(name));
      }
      return new Likelihood(logProbability(), isGreedy());
    }
  }

  /** Measures items and keeps the outcomes. */
  static void measure(
      List<Item> items,
      PromptReader reader,
      Journal<Likelihood> journal,
      EvaluationListener listener) {
    reader.read(
        items,
        some -> {
          Map<String, Likelihood> outcomes = new LinkedHashMap<>();
          some.forEach(item -> outcomes.put(item.name, item.likelihood()));
          journal.add(outcomes);
        },
        listener);
  }
}
