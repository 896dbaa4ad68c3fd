package dev.rwkvx.training.probes;

import dev.rwkvx.training.data.Span;
import dev.rwkvx.training.tasks.TaskDocument;
import java.util.ArrayList;
import java.util.List;

/**
 * A text and what it is asked for. ASCII; a space follows every word.
 *
 * @param context what comes first
 * @param asks at least one, in random order
 */
public record ProbeText(String context, List<Ask> asks) {
  /**
   * A question.
   *
   * @param question with the space behind it
   * @param answer without one
   */
  public record Ask(String question, String answer) {}

  /** Copies the list of questions. */
  public ProbeText {
    asks = List.copyOf(asks);
  }

  /**
   * {@return the text with all its questions and answers, to train on}
   *
   * @param kind of the document
   */
  public TaskDocument document(String kind) {
    StringBuilder text = new StringBuilder(context);
    List<Span> answers = new ArrayList<>();
    for (Ask ask : asks) {
      text.append(ask.question);
      answers.add(new Span(text.length(), text.length() + ask.answer.length()));
      text.append(ask.answer).append(' ');
    }
    return new TaskDocument(text.toString(), answers, kind);
  }
}
