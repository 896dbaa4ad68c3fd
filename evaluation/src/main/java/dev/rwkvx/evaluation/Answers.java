package dev.rwkvx.evaluation;

import dev.rwkvx.model.RwkvX;
import dev.rwkvx.training.data.Completion;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

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
  /** {@return tokens in their place, of all} */
  public double tokenAccuracy() {
    return (double) correct / tokens;
  }

  /** {@return completions without a wrong token, of all} */
  public double exactAccuracy() {
    return (double) exact / prompts;
  }

  /**
   * Completes all prompts.
   *
   * @param model stays the caller's
   * @param items each with a prompt of at least one token
   * @param batch prompts side by side, which changes no result
   * @param done hears after each batch how many prompts are completed
   * @return what it got right
   * @throws dev.rwkvx.InputException when an id lies outside the model's vocabulary
   */
  public static Answers measure(RwkvX model, List<Completion> items, int batch, IntConsumer done) {
    List<Completing> prompts = items.stream().map(Completing::new).toList();
    List<Completing> finished = new ArrayList<>();
    new SharedPrefixes(model, model::newState, batch)
        .read(
            prompts,
            some -> {
              finished.addAll(some);
              done.accept(finished.size());
            },
            EvaluationListener.NONE);
    return new Answers(
        items.size(),
        (int) finished.stream().filter(prompt -> prompt.right() == prompt.wanted.length).count(),
        finished.stream().mapToLong(prompt -> prompt.wanted.length).sum(),
        finished.stream().mapToLong(Completing::right).sum());
  }

  private static final class Completing extends Prompt.Greedy {
    private final int[] wanted;

    Completing(Completion item) {
      super(item.prompt(), item.completion().length, END);
      wanted = item.completion();
    }

    /** The tokens that come out in their place. */
    int right() {
      int[] answer = answer();
      return (int) IntStream.range(0, wanted.length).filter(i -> answer[i] == wanted[i]).count();
    }
  }
}
