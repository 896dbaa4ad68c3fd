package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.needle.Puzzle;
import dev.rwkvx.evaluation.needle.Task;
import dev.rwkvx.plots.HeatMap;
import dev.rwkvx.plots.Table;
import dev.rwkvx.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The tasks of RULER (arXiv 2404.06654): facts to be found in, and words to be counted in, texts of
 * many lengths. The score of an answer is the share of the expected texts that it contains, in
 * whatever case.
 */
public final class Needle implements Evaluation<Answer> {
  private final PromptReader reader;
  private final Tokenizer tokenizer;
  private final Options options;
  private final Fit fit = new Fit();

  /**
   * Which prompts are made.
   *
   * @param tasks by name
   * @param lengths the most tokens of prompts
   * @param samples for each task and length
   * @param seed of everything that is drawn
   * @param material what else the prompts are made of, for the settings
   */
  public record Options(
      SequencedMap<String, Task> tasks,
      List<Integer> lengths,
      int samples,
      long seed,
      SequencedMap<String, Object> material) {
    /** Sorts the lengths, each once. */
    public Options {
      lengths = lengths.stream().distinct().sorted().toList();
    }
  }

  private record Item(String task, int length, int sample) {
    String name() {
      return task + "/" + length + "/" + sample;
    }
  }

  /**
   * Prepares the evaluation.
   *
   * @param reader reads with the model
   * @param tokenizer the model's vocabulary
   * @param options tasks, lengths, how many samples
   */
  public Needle(PromptReader reader, Tokenizer tokenizer, Options options) {
    this.reader = reader;
    this.tokenizer = tokenizer;
    this.options = options;
  }

  @Override
  public String name() {
    return "needle";
  }

  @Override
  public SequencedMap<String, Object> settings() {
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    settings.put("tasks", List.copyOf(options.tasks().keySet()));
    settings.put("lengths", options.lengths());
    settings.put("samples", options.samples());
    settings.put("seed", options.seed());
    settings.putAll(options.material());
    return settings;
  }

  @Override
  public Class<Answer> outcomeType() {
    return Answer.class;
  }

  @Override
  public Report run(Journal<Answer> journal, EvaluationListener listener) {
    List<Question> questions =
        items().stream().filter(item -> !journal.has(item.name())).map(this::question).toList();
    Question.ask(questions, reader, journal, listener);
    return report(journal);
  }

  private List<Item> items() {
    List<Item> items = new ArrayList<>();
    for (String task : options.tasks().keySet()) {
      for (int length : options.lengths()) {
        for (int sample = 0; sample < options.samples(); sample++) {
          items.add(new Item(task, length, sample));
        }
      }
    }
    return items;
  }

  private Question question(Item item) {
    Task task = Objects.requireNonNull(options.tasks().get(item.task));
    Puzzle puzzle =
        task.draw(Seeds.random(options.seed(), item.task.hashCode(), item.length, item.sample));
    int units =
        fit.largest(
            count -> tokenizer.encode(puzzle.prompt(count)).length,
            item.length,
            Math.min(item.length, puzzle.most()));
    if (units < puzzle.least()) {
      throw new InputException(
          "A prompt of the task %s needs more than %d tokens; expected a larger length"
              .formatted(item.task, item.length));
    }
    List<String> expected = puzzle.expected();
    return new Question(
        item.name(),
        tokenizer.encode(puzzle.prompt(units)),
        Math.max(puzzle.answerTokens(), 2 * tokenizer.encode(puzzle.answer()).length),
        tokenizer.vocabulary().isToken(0) ? Prompt.END : 0,
        expected,
        tokenizer,
        answer -> found(expected, answer));
  }

  /** The share of texts that another contains. */
  static double found(List<String> expected, String answer) {
    String lower = answer.toLowerCase(Locale.ROOT);
    long found =
        expected.stream().filter(text -> lower.contains(text.toLowerCase(Locale.ROOT))).count();
    return (double) found / expected.size();
  }

  private Report report(Journal<Answer> journal) {
    Scores scores = new Scores();
    for (Item item : items()) {
      double score = journal.outcome(item.name()).score();
      scores.add(item.task, String.valueOf(item.length), score);
    }
    SequencedMap<String, Object> summary = new LinkedHashMap<>();
    summary.put("score", scores.mean());
    summary.put("score_by_task", scores.byRow());
    summary.put("score_by_length", scores.byColumn());
    Table table = scores.table(name(), "task", "length", "score");
    HeatMap.Panel grid = table.grid("", "length", "task", "score");
    HeatMap picture = new HeatMap("", "length (tokens)", "", "score", List.of(grid));
    return new Report(table, scores.overview(name(), "task"), summary, Optional.of(picture));
  }
}
