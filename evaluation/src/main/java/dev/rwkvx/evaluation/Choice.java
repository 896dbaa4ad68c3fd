package dev.rwkvx.evaluation;

import dev.rwkvx.plots.Table;
import dev.rwkvx.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;

/**
 * Multiple choice by likelihood: of the continuations of a text the most probable one is the answer
 * ({@code acc}), or that with the highest mean per byte ({@code acc_norm}).
 */
public final class Choice implements Evaluation<Likelihood> {
  private final PromptReader reader;
  private final Tokenizer tokenizer;
  private final List<ChoiceQuestion> questions;

  /**
   * Prepares the evaluation.
   *
   * @param reader reads with the model
   * @param tokenizer the model's vocabulary
   * @param questions at least one
   */
  public Choice(PromptReader reader, Tokenizer tokenizer, List<ChoiceQuestion> questions) {
    this.reader = reader;
    this.tokenizer = tokenizer;
    this.questions = List.copyOf(questions);
  }

  @Override
  public String name() {
    return "choice";
  }

  @Override
  public SequencedMap<String, Object> settings() {
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    List<byte[]> texts =
        questions.stream().map(q -> q.toString().getBytes(StandardCharsets.UTF_8)).toList();
    settings.put("data", new Texts(texts).fingerprint());
    return settings;
  }

  @Override
  public Class<Likelihood> outcomeType() {
    return Likelihood.class;
  }

  @Override
  public Report run(Journal<Likelihood> journal, EvaluationListener listener) {
    List<Likelihood.Item> items = new ArrayList<>();
    for (int q = 0; q < questions.size(); q++) {
      ChoiceQuestion question = questions.get(q);
      byte[] context = question.context().getBytes(StandardCharsets.UTF_8);
      for (int c = 0; c < question.choices().size(); c++) {
        if (!journal.has(name(q, c))) {
          items.add(
              new Likelihood.Item(
                  name(q, c),
                  Texts.fromStart(context, tokenizer),
                  tokenizer.encode(question.continuation(c))));
        }
      }
    }
    Likelihood.measure(items, reader, journal, listener);
    return report(journal);
  }

  /** Questions and choices are counted from 1. */
  private static String name(int question, int choice) {
    return (question + 1) + "/" + (choice + 1);
  }

  private Report report(Journal<Likelihood> journal) {
    int right = 0;
    int rightPerByte = 0;
    List<List<String>> rows = new ArrayList<>();
    for (int q = 0; q < questions.size(); q++) {
      int at = q;
      ChoiceQuestion question = questions.get(q);
      int likely = best(question, (_, c) -> journal.outcome(name(at, c)).logProbability());
      int likelyPerByte =
          best(
              question,
              (text, c) ->
                  journal.outcome(name(at, c)).logProbability()
                      / text.getBytes(StandardCharsets.UTF_8).length);
      right += likely == question.gold() ? 1 : 0;
      rightPerByte += likelyPerByte == question.gold() ? 1 : 0;
      rows.add(
          IntStream.of(q + 1, question.gold() + 1, likely + 1, likelyPerByte + 1)
              .mapToObj(String::valueOf)
              .toList());
    }
    double accuracy = (double) right / questions.size();
    double accuracyPerByte = (double) rightPerByte / questions.size();
    SequencedMap<String, Object> summary = new LinkedHashMap<>();
    summary.put("questions", questions.size());
    summary.put("acc", accuracy);
    summary.put("acc_interval", Interval.of(accuracy, questions.size()));
    summary.put("acc_norm", accuracyPerByte);
    summary.put("acc_norm_interval", Interval.of(accuracyPerByte, questions.size()));
    Table overview =
        new Table(
            name(),
            List.of("questions", "acc", "acc_norm"),
            List.of(
                List.of(
                    String.valueOf(questions.size()),
                    Interval.percent(accuracy, questions.size(), 2),
                    Interval.percent(accuracyPerByte, questions.size(), 2))));
    Table table =
        new Table(name(), List.of("question", "gold", "most_probable", "most_per_byte"), rows);
    return new Report(table, overview, summary);
  }

  /** The first of the choices with the highest value. */
  private static int best(ChoiceQuestion question, ToDoubleBiFunction<String, Integer> value) {
    int best = 0;
    double highest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < question.choices().size(); c++) {
      double found = value.applyAsDouble(question.choices().get(c), c);
      if (found > highest) {
        highest = found;
        best = c;
      }
    }
    return best;
  }
}
