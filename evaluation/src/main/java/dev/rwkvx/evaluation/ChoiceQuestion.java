package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import dev.rwkvx.training.data.JsonLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A question with several answers.
 *
 * @param context the text before the answer
 * @param choices texts, two or more, none empty
 * @param gold index of the right one
 */
public record ChoiceQuestion(String context, List<String> choices, int gold) {
  private static final List<String> CONTEXTS =
      List.of("query", "ctx", "context", "question", "prompt");
  private static final List<String> CHOICES = List.of("choices", "endings", "options");
  private static final List<String> GOLDS =
      List.of("gold", "label", "answer", "answerKey", "answer_idx");

  /** Copies the choices. */
  public ChoiceQuestion {
    choices = List.copyOf(choices);
  }

  /** A choice with the space between it and the context, where there is none yet. */
  String continuation(int choice) {
    String text = choices.get(choice);
    boolean apart =
        context.isEmpty()
            || Character.isWhitespace(context.charAt(context.length() - 1))
            || Character.isWhitespace(text.charAt(0));
    return apart ? text : " " + text;
  }

  /**
   * Reads the first lines of a file with a JSON object each. The names are those of common data
   * sets and their programs: the context {@code query}, {@code ctx}, {@code context}, {@code
   * question} or {@code prompt}; the choices {@code choices}, {@code endings} or {@code options}, a
   * list of texts or {@code {"text": […], "label": […]}}; the right one {@code gold}, {@code
   * label}, {@code answer}, {@code answerKey} or {@code answer_idx}: an index from 0 (also as
   * digits), one of the labels, a letter from A, or the text of the choice.
   *
   * @param file lines of JSON
   * @param most lines to read at most
   * @return the questions in their order
   * @throws InputException when a line is something else, or there is none
   * @throws IOException when a file cannot be read or written
   */
  public static List<ChoiceQuestion> read(Path file, int most) throws IOException {
    List<ChoiceQuestion> questions = new ArrayList<>();
    try (JsonLines lines = new JsonLines(file)) {
      while (questions.size() < most) {
        JsonNode line = lines.next();
        if (line == null) {
          break;
        }
        questions.add(of(line, lines));
      }
    }
    if (questions.isEmpty()) {
      throw new InputException(
          file + " is empty; expected lines {\"query\": …, \"choices\": […], \"gold\": …}");
    }
    return questions;
  }

  private static ChoiceQuestion of(JsonNode line, JsonLines lines) {
    String context = lines.text(first(line, CONTEXTS), oneOf(CONTEXTS));
    JsonNode found = first(line, CHOICES);
    JsonNode texts = found != null && found.isObject() ? found.get("text") : found;
    if (texts == null || !texts.isArray() || texts.size() < 2) {
      throw lines.error("expected a list of two texts or more, " + oneOf(CHOICES));
    }
    List<String> choices = new ArrayList<>();
    for (JsonNode text : texts) {
      String choice = lines.text(text, "in the list of choices");
      if (choice.isEmpty()) {
        throw lines.error("expected some text in every choice, found none");
      }
      choices.add(choice);
    }
    List<String> labels = labels(found, choices.size());
    JsonNode gold = first(line, GOLDS);
    if (gold == null) {
      throw lines.error("expected the right choice, " + oneOf(GOLDS));
    }
    return new ChoiceQuestion(context, choices, gold(gold, choices, labels, lines));
  }

  private static @Nullable JsonNode first(JsonNode line, List<String> names) {
    for (String name : names) {
      if (line.has(name)) {
        return line.get(name);
      }
    }
    return null;
  }

  private static String oneOf(List<String> names) {
    return "\"" + String.join("\" or \"", names) + "\"";
  }

  /** Names of the choices, of data sets that have such. */
  private static List<String> labels(@Nullable JsonNode choices, int count) {
    List<String> labels = new ArrayList<>();
    JsonNode given = choices != null && choices.isObject() ? choices.get("label") : null;
    if (given != null && given.isArray() && given.size() == count) {
      given.forEach(label -> labels.add(label.asString("")));
    }
    return labels;
  }

  private static int gold(
      JsonNode gold, List<String> choices, List<String> labels, JsonLines lines) {
    String text = gold.asString("").strip();
    int index = labels.indexOf(text);
    if (index < 0 && text.matches("\\d{1,6}")) {
      index = Integer.parseInt(text);
    }
    if (index < 0) {
      index = choices.indexOf(text);
    }
    if (index < 0 && text.matches("[A-Z]")) {
      index = text.charAt(0) - 'A';
    }
    if (index < 0 || index >= choices.size()) {
      throw lines.error(
          "the right choice is '%s'; expected an index below %d, a letter, or one of the choices"
              .formatted(text, choices.size()));
    }
    return index;
  }
}
