package dev.rwkvx.benchmarks;

import dev.rwkvx.model.Run;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.training.data.Completion;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * How a model completes prompts whose completion is known. It always takes its most probable token
 * and goes on with that one, right or wrong, for as many tokens as the completion has.
 *
 * @param prompts that were completed
 * @param exact of them, those with every token right
 * @param tokens of all completions
 * @param correct of them, those that stand in their place
 */
public record Answers(int prompts, int exact, long tokens, long correct) {
  /** Tokens in their place, of all. */
  public double tokenAccuracy() {
    return (double) correct / tokens;
  }

  /** Completions without a wrong token, of all. */
  public double exactAccuracy() {
    return (double) exact / prompts;
  }

  /**
   * Completes all prompts.
   *
   * @param items each with a prompt of at least one token
   * @param batch prompts side by side, which changes no result
   * @param done hears after each batch how many prompts are completed
   * @throws dev.rwkvx.InputException when an id lies outside the model's vocabulary
   */
  public static Answers measure(RwkvX model, List<Completion> items, int batch, IntConsumer done) {
    int exact = 0;
    long tokens = 0;
    long correct = 0;
    for (int from = 0; from < items.size(); from += batch) {
      List<Completion> some = items.subList(from, Math.min(from + batch, items.size()));
      int[] right = complete(model, some);
      for (int i = 0; i < right.length; i++) {
        int length = some.get(i).completion().length;
        exact += right[i] == length ? 1 : 0;
        correct += right[i];
        tokens += length;
      }
      done.accept(from + some.size());
    }
    return new Answers(items.size(), exact, tokens, correct);
  }

  /** The tokens of each completion that come out in their place. */
  private static int[] complete(RwkvX model, List<Completion> items) {
    int[] right = new int[items.size()];
    List<Run> runs = new ArrayList<>();
    try {
      for (Completion item : items) {
        float[] logits = new float[model.config().vocabulary()];
        runs.add(new Run(model.newState(), item.prompt(), 0, item.prompt().length, logits));
      }
      model.forward(runs);
      List<Run> next = new ArrayList<>();
      for (int at = 0; ; at++) {
        next.clear();
        for (int i = 0; i < right.length; i++) {
          int[] completion = items.get(i).completion();
          if (at < completion.length) {
            Run run = runs.get(i);
            int token = mostProbable(run.logits());
            right[i] += token == completion[at] ? 1 : 0;
            next.add(new Run(run.state(), new int[] {token}, 0, 1, run.logits()));
          }
        }
        if (next.isEmpty()) {
          return right;
        }
        model.forward(next);
      }
    } finally {
      runs.forEach(run -> run.state().close());
    }
  }

  private static int mostProbable(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      best = logits[id] > logits[best] ? id : best;
    }
    return best;
  }
}
