package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.needle.Puzzle;
import dev.rwkvx.evaluation.needle.Task;
import dev.rwkvx.plots.HeatMap;
import dev.rwkvx.plots.Picture;
import dev.rwkvx.plots.Table;
import dev.rwkvx.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/**
 * Questions about texts of many lengths, such as the tasks of RULER (arXiv 2404.06654). Answers are
 * greedy and judged in two ways: by the share of the expected texts that they contain, in whatever
 * case, as RULER does, and by whether what they say first is exactly what is expected.
 */
public final class Needle implements Evaluation<Answer> {
  private final PromptReader reader;
  private final Tokenizer tokenizer;
  private final Options options;
  private final Fit fit = new Fit();

  /**
   * Which prompts are made.
   *
   * @param name of the evaluation
   * @param tasks by name
   * @param lengths the most tokens of prompts
   * @param samples for each task and length
   * @param questions of the samples, that many in a row ask about the same text, which is then read
   *     once
   * @param seed of everything that is drawn
   * @param material what else the prompts are made of, for the settings
   */
  public record Options(
      String name,
      SequencedMap<String, Task> tasks,
      List<Integer> lengths,
      int samples,
      int questions,
      long seed,
      SequencedMap<String, Object> material) {
    /** Sorts the lengths, each once. */
    public Options {
      lengths = lengths.stream().distinct().sorted().toList();
    }
  }

  /** A task at a length. */
  private record Cell(String task, int length) {
    String item(int sample) {
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
    return options.name();
  }

  @Override
  public SequencedMap<String, Object> settings() {
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    settings.put("tasks", List.copyOf(options.tasks().keySet()));
    settings.put("lengths", options.lengths());
    settings.put("samples", options.samples());
    settings.put("questions", options.questions());
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
    List<Cell> cells = cells();
    List<Question> questions = new ArrayList<>();
    for (Cell cell : cells) {
      for (int first = 0; first < options.samples(); first += options.questions()) {
        questions.addAll(questions(cell, first, journal));
      }
    }
    Question.ask(questions, reader, journal, listener);
    return report(cells, journal);
  }

  /** The cells in which every prompt fits. */
  private List<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    for (String task : options.tasks().keySet()) {
      List<Cell> fitting =
          options.lengths().stream()
              .map(length -> new Cell(task, length))
              .filter(this::fits)
              .toList();
      if (fitting.isEmpty()) {
        throw new InputException(
            "A prompt of the task %s needs more than %d tokens; expected a larger length"
                .formatted(task, options.lengths().getLast()));
      }
      cells.addAll(fitting);
    }
    return cells;
  }

  private boolean fits(Cell cell) {
    return IntStream.range(0, options.samples())
        .mapToObj(sample -> puzzle(cell, sample))
        .allMatch(puzzle -> tokens(puzzle, puzzle.least()) <= cell.length);
  }

  private int tokens(Puzzle puzzle, int units) {
    return tokenizer.encode(puzzle.prompt(units)).length;
  }

  private Puzzle puzzle(Cell cell, int sample) {
    Task task = Objects.requireNonNull(options.tasks().get(cell.task));
    int text = sample / options.questions();
    Puzzle puzzle =
        task.draw(Seeds.random(options.seed(), cell.task.hashCode(), cell.length, text));
    return options.questions() == 1
        ? puzzle
        : puzzle.asking(
            Seeds.random(options.seed(), cell.task.hashCode(), cell.length, text, sample));
  }

  /** The questions about one text that have no answer yet. All of them fit behind it. */
  private List<Question> questions(Cell cell, int first, Journal<Answer> journal) {
    int end = Math.min(options.samples(), first + options.questions());
    if (IntStream.range(first, end).allMatch(sample -> journal.has(cell.item(sample)))) {
      return List.of();
    }
    List<Puzzle> puzzles =
        IntStream.range(first, end).mapToObj(sample -> puzzle(cell, sample)).toList();
    int units = puzzles.stream().mapToInt(puzzle -> units(puzzle, cell.length)).min().orElseThrow();
    return IntStream.range(first, end)
        .filter(sample -> !journal.has(cell.item(sample)))
        .mapToObj(sample -> question(cell.item(sample), puzzles.get(sample - first), units))
        .toList();
  }

  private int units(Puzzle puzzle, int length) {
    return fit.largest(units -> tokens(puzzle, units), length, Math.min(length, puzzle.most()));
  }

  private Question question(String item, Puzzle puzzle, int units) {
    List<String> expected = puzzle.expected();
    return new Question(
        item,
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

  private Report report(List<Cell> cells, Journal<Answer> journal) {
    Scores scores = new Scores("score", options.lengths().stream().map(String::valueOf).toList());
    for (Cell cell : cells) {
      for (int sample = 0; sample < options.samples(); sample++) {
        Answer answer = journal.outcome(cell.item(sample));
        scores.add(cell.task, String.valueOf(cell.length), answer);
      }
    }
    SequencedMap<String, Object> summary = scores.summary("task", "length");
    summary.put("effective_length_by_task", scores.effectiveLengths());
    Table table = scores.table(name(), "task", "length");
    SequencedMap<String, Picture> pictures = new LinkedHashMap<>();
    pictures.put("results", heatMap(table, "score"));
    pictures.put("curves", scores.chart("length (tokens)", false));
    pictures.put("first_exact", heatMap(table, "first_exact"));
    pictures.put("first_exact_curves", scores.chart("length (tokens)", true));
    List<Table> overviews =
        List.of(
            scores.withEffectiveLengths(scores.overview("contains")),
            scores.exactOverview("first answer exact"));
    return new Report(table, overviews, summary, pictures);
  }

  private static HeatMap heatMap(Table table, String value) {
    HeatMap.Panel grid = table.grid("", "length", "task", value);
    return new HeatMap("", "length (tokens)", "", value, List.of(grid));
  }
}
