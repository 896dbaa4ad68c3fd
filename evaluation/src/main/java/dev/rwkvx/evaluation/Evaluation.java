package dev.rwkvx.evaluation;

import java.util.SequencedMap;

/**
 * Something that can be asked of a model, item by item.
 *
 * @param <T> the outcome of an item, a record that {@link Journal} can keep
 */
public interface Evaluation<T> {
  /** {@return a word} */
  String name();

  /** {@return all that decides the outcomes beside the model, by name} */
  SequencedMap<String, Object> settings();

  /** {@return what outcomes are} */
  Class<T> outcomeType();

  /**
   * Evaluates the items that are not in the journal, adds them, and reports on all.
   *
   * @param journal has what earlier runs finished
   * @param listener hears how far it is
   * @return tables, numbers and perhaps a picture
   * @throws dev.rwkvx.InputException when the model cannot read what it has to
   */
  Report run(Journal<T> journal, EvaluationListener listener);
}
