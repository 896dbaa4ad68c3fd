package dev.rwkvx.training.tasks;

import dev.rwkvx.training.data.Span;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A text that grows, with the places of its answers. */
final class MarkedText {
  private final StringBuilder text = new StringBuilder();
  private final List<Span> answers = new ArrayList<>();
  private int bytes;

  MarkedText append(String more) {
    text.append(more);
    bytes += more.getBytes(StandardCharsets.UTF_8).length;
    return this;
  }

  MarkedText append(Puzzle.Question question) {
    append(question.before());
    int from = bytes;
    append(question.answer());
    answers.add(new Span(from, bytes));
    return append(question.after());
  }

  /** Ends the line, without white space before. */
  MarkedText endLine() {
    int end = text.length();
    while (end > 0 && (text.charAt(end - 1) == ' ' || text.charAt(end - 1) == '\n')) {
      end--;
    }
    bytes -= text.length() - end;
    text.setLength(end);
    return end > 0 ? append("\n") : this;
  }

  String text() {
    return text.toString();
  }

  /** The size of the text in UTF-8. */
  int bytes() {
    return bytes;
  }

  List<Span> answers() {
    return answers;
  }
}
