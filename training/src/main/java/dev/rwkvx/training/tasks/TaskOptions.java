package dev.rwkvx.training.tasks;

import dev.rwkvx.InputException;
import java.util.List;

/**
 * What documents a {@link TaskGenerator} makes.
 *
 * @param kinds each as likely as any other
 * @param lengths of the documents, in units of the {@link Measure}; each doubling is as likely
 * @param keys facts in a document; fewer where it would be filled with them
 * @param queries questions of a document, at most as many as there is to ask; fewer where it would
 *     be filled with them
 * @param seed of all that is random
 */
public record TaskOptions(
    List<TaskKind> kinds, Range lengths, Range keys, Range queries, long seed) {
  private static final int MOST_KEYS = 1024;
  private static final int LONGEST = 1 << 24;

  /** Checks the ranges. */
  public TaskOptions {
    kinds = List.copyOf(kinds);
    if (kinds.isEmpty()) {
      throw new InputException("There are no kinds of tasks; expected one or more");
    }
    if (lengths.most() > LONGEST) {
      throw new InputException(
          "The lengths are up to %d; expected at most %d".formatted(lengths.most(), LONGEST));
    }
    if (keys.most() > MOST_KEYS) {
      throw new InputException(
          "The facts in a document are up to %d; expected at most %d"
              .formatted(keys.most(), MOST_KEYS));
    }
  }
}
