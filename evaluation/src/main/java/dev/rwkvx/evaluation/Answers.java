package dev.rwkvx.evaluation;

import dev.rwkvx.model.RwkvX;
import dev.rwkvx.training.data.Completion;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How a model completes prompts whose completion is known. It always takes its most probable token
 * and goes on with that one, right or wrong, for as many tokens as the completion has.
 *
 * @param prompts that were completed
 * @param exact of them, those with every token right
 * @param tokens of all completions
 * @param correct of them, those that stand in their place
 * @param predicted of them, those that are the most probable ones behind the known completion: an
 *     error does not bring others with it
 */
public record Answers(int prompts, int exact, long tokens, long correct, long predicted) {
  /** {@return tokens in their place, of all} */
  public double tokenAccuracy() {
    return (double) correct / tokens;
  }

  /** {@return tokens predicted behind the right ones, of all} */
  public double predictedAccuracy() {
    return (double) predicted / tokens;
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
    List<Completing> completed = new ArrayList<>();
    List<Prompt.Forced> guided = new ArrayList<>();
    Stream<Prompt> prompts =
        items.stream()
            .flatMap(item ->
                Stream.of(
                    new Completing(item), new Prompt.Forced(item.prompt(), item.completion())));
    new SharedPrefixes(model, model::newState, batch)
        .read(
            prompts.toList(),
            some -> {
              some.forEach(prompt -> sort(prompt, completed, guided));
              done.accept(Math.min(completed.size(), guided.size()));
            },
            EvaluationListener.NONE);
    return new Answers(
        items.size(),
        (int) completed.stream().filter(prompt -> prompt.right() == prompt.wanted.length).count(),
        completed.stream().mapToLong(prompt -> prompt.wanted.length).sum(),
        completed.stream().mapToLong(Completing::right).sum(),
        guided.stream().mapToLong(Prompt.Forced::predicted).sum());
  }

  private static void sort(Prompt prompt, List<Completing> completed, List<Prompt.Forced> guided) {
    if (prompt instanceof Completing own) {
      completed.add(own);
    } else if (prompt instanceof Prompt.Forced forced) {
      guided.add(forced);
    }
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
