package dev.rwkvx.training.tasks;

import dev.rwkvx.training.data.Span;
import java.util.List;

/**
 * A document to train on.
 *
 * @param answers where the answers are, in bytes of the text's UTF-8, ascending
 */
public record TaskDocument(String text, List<Span> answers, TaskKind kind) {
  public TaskDocument {
    answers = List.copyOf(answers);
  }
}
