package dev.rwkvx.training.tasks;

import dev.rwkvx.training.data.Span;
import java.util.List;

/**
 * A document to train on.
 *
 * @param text the document, its answers included
 * @param answers where the answers are, in bytes of the text's UTF-8, ascending
 * @param kind what it asks for
 */
public record TaskDocument(String text, List<Span> answers, String kind) {
  /** Copies the list of answers. */
  public TaskDocument {
    answers = List.copyOf(answers);
  }
}
