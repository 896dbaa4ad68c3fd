package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import dev.rwkvx.plots.Table;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.training.data.JsonLines;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;

/**
 * The last word of passages, which needs the whole passage (LAMBADA, arXiv 1606.06031). A word is
 * right when all of its tokens are the most probable ones; the perplexity is that of whole words.
 */
public final class Lambada implements Evaluation<Likelihood> {
  private final PromptReader reader;
  private final Tokenizer tokenizer;
  private final List<Passage> passages;

  /**
   * A text with its last word.
   *
   * @param context all before the white space in front of the word
   * @param word with that white space
   */
  public record Passage(String context, String word) {
    /**
     * Reads the first lines {@code {"text": …}} of a file.
     *
     * @param file lines of JSON
     * @param most lines to read at most
     * @return the passages in their order
     * @throws InputException when a line is something else or has one word only, or there is none
     * @throws IOException when a file cannot be read or written
     */
    public static List<Passage> read(Path file, int most) throws IOException {
      List<Passage> passages = new ArrayList<>();
      try (JsonLines lines = new JsonLines(file)) {
        while (passages.size() < most) {
          JsonNode line = lines.next();
          if (line == null) {
            break;
          }
          String text = lines.text(line.get("text"), "\"text\"").stripTrailing();
          int end = text.length();
          while (end > 0 && !Character.isWhitespace(text.charAt(end - 1))) {
            end--;
          }
          String context = text.substring(0, end).stripTrailing();
          if (context.isEmpty()) {
            throw lines.error("expected two words or more in \"text\"");
          }
          passages.add(new Passage(context, text.substring(context.length())));
        }
      }
      if (passages.isEmpty()) {
        throw new InputException(file + " is empty; expected lines {\"text\": …}");
      }
      return passages;
    }
  }

  /**
   * Prepares the evaluation.
   *
   * @param reader reads with the model
   * @param tokenizer the model's vocabulary
   * @param passages at least one
   */
  public Lambada(PromptReader reader, Tokenizer tokenizer, List<Passage> passages) {
    this.reader = reader;
    this.tokenizer = tokenizer;
    this.passages = List.copyOf(passages);
  }

  @Override
  public String name() {
    return "lambada";
  }

  @Override
  public SequencedMap<String, Object> settings() {
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    List<byte[]> texts =
        passages.stream()
            .map(passage -> (passage.context + passage.word).getBytes(StandardCharsets.UTF_8))
            .toList();
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
    for (int i = 0; i < passages.size(); i++) {
      if (!journal.has(name(i))) {
        Passage passage = passages.get(i);
        byte[] context = passage.context.getBytes(StandardCharsets.UTF_8);
        items.add(
            new Likelihood.Item(
                name(i), Texts.fromStart(context, tokenizer), tokenizer.encode(passage.word)));
      }
    }
    Likelihood.measure(items, reader, journal, listener);
    return report(journal);
  }

  /** Passages are counted from 1, as lines are. */
  private static String name(int passage) {
    return String.valueOf(passage + 1);
  }

  private Report report(Journal<Likelihood> journal) {
    int right = 0;
    double logProbability = 0;
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < passages.size(); i++) {
      Likelihood word = journal.outcome(name(i));
      right += word.greedy() ? 1 : 0;
      logProbability += word.logProbability();
      rows.add(
          List.of(
              name(i),
              passages.get(i).word.strip(),
              word.greedy() ? "1" : "0",
              String.format(Locale.ROOT, "%.6f", word.logProbability())));
    }
    double accuracy = (double) right / passages.size();
    double perplexity = Math.exp(-logProbability / passages.size());
    SequencedMap<String, Object> summary = new LinkedHashMap<>();
    summary.put("passages", passages.size());
    summary.put("accuracy", accuracy);
    summary.put("accuracy_interval", Interval.of(accuracy, passages.size()));
    summary.put("perplexity", perplexity);
    Table overview =
        new Table(
            name(),
            List.of("passages", "accuracy", "perplexity"),
            List.of(
                List.of(
                    String.valueOf(passages.size()),
                    Interval.percent(accuracy, passages.size(), 2),
                    String.format(Locale.ROOT, "%.4g", perplexity))));
    Table table = new Table(name(), List.of("passage", "word", "right", "log_probability"), rows);
    return new Report(table, overview, summary);
  }
}
