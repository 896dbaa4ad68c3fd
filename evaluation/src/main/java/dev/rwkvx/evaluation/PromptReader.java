package dev.rwkvx.evaluation;

import java.util.List;
import java.util.function.Consumer;

/** Reads prompts and what comes after them: a model, or in tests anything that gives logits. */
public interface PromptReader {
  /**
   * Reads prompts from empty states to their ends, in any order.
   *
   * @param <P> what is asked of the model
   * @param prompts each is changed: it has its answer afterwards
   * @param finished hears of prompts that have ended, some at a time
   * @param listener hears how far it is
   * @throws dev.rwkvx.InputException when an id lies outside the vocabulary
   */
  <P extends Prompt> void read(
      List<P> prompts, Consumer<List<P>> finished, EvaluationListener listener);
}
