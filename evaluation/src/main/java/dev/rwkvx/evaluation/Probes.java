package dev.rwkvx.evaluation;

import dev.rwkvx.plots.HeatMap;
import dev.rwkvx.plots.Picture;
import dev.rwkvx.plots.Table;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.training.probes.Probe;
import dev.rwkvx.training.probes.ProbeText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What a model has learnt from the sequences of {@link Probe}, at sizes of which it may have seen
 * none. Answers are greedy; right is what is so to the last word.
 */
public final class Probes implements Evaluation<Answer> {
  private final PromptReader reader;
  private final Tokenizer tokenizer;
  private final Options options;

  /**
   * Which questions are asked.
   *
   * @param probes what is tested
   * @param sizes of the sequences, none larger than {@link Probe#most}
   * @param samples questions for each probe and size
   * @param questions of these, so many in a row are about the same sequence, where it has so many
   * @param seed of everything that is drawn
   */
  public record Options(
      List<Probe> probes, List<Integer> sizes, int samples, int questions, long seed) {
    /** Sorts the sizes, each once. */
    public Options {
      probes = probes.stream().distinct().toList();
      sizes = sizes.stream().distinct().sorted().toList();
    }
  }

  private record Cell(Probe probe, int size) {
    String item(int sample) {
      return probe.label() + "/" + size + "/" + sample;
    }
  }

  /**
   * Prepares the evaluation.
   *
   * @param reader reads with the model
   * @param tokenizer the model's vocabulary
   * @param options probes, sizes, how many samples
   */
  public Probes(PromptReader reader, Tokenizer tokenizer, Options options) {
    this.reader = reader;
    this.tokenizer = tokenizer;
    this.options = options;
  }

  @Override
  public String name() {
    return "probe";
  }

  @Override
  public SequencedMap<String, Object> settings() {
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    settings.put("tasks", options.probes().stream().map(Probe::label).toList());
    settings.put("sizes", options.sizes());
    settings.put("samples", options.samples());
    settings.put("questions", options.questions());
    settings.put("seed", options.seed());
    return settings;
  }

  @Override
  public Class<Answer> outcomeType() {
    return Answer.class;
  }

  @Override
  public Report run(Journal<Answer> journal, EvaluationListener listener) {
    List<Question> questions = new ArrayList<>();
    for (Cell cell : cells()) {
      for (int first = 0; first < options.samples(); first += options.questions()) {
        questions.addAll(questions(cell, first, journal));
      }
    }
    Question.ask(questions, reader, journal, listener);
    return report(journal);
  }

  private List<Cell> cells() {
    return options.probes().stream()
        .flatMap(probe -> options.sizes().stream().map(size -> new Cell(probe, size)))
        .toList();
  }

  /** The questions that have no answer yet, about one sequence, or more where it has few. */
  private List<Question> questions(Cell cell, int first, Journal<Answer> journal) {
    List<Question> questions = new ArrayList<>();
    int end = Math.min(options.samples(), first + options.questions());
    for (int sample = first, at = 0; sample < end; sample++, at++) {
      if (!journal.has(cell.item(sample))) {
        ProbeText text = text(cell, first, at);
        questions.add(question(cell.item(sample), text, text.asks().get(at % text.asks().size())));
      }
    }
    return questions;
  }

  /** The sequence of a sample: another one as soon as all that one can be asked was asked. */
  private ProbeText text(Cell cell, int first, int at) {
    int asks = cell.probe == Probe.MQAR ? Math.min(cell.size, options.questions()) : 1;
    return cell.probe.draw(
        cell.size,
        Seeds.random(options.seed(), cell.probe.label().hashCode(), cell.size, first, at / asks));
  }

  private Question question(String item, ProbeText text, ProbeText.Ask ask) {
    return new Question(
        item,
        tokenizer.encode(text.context() + ask.question()),
        tokenizer.encode(ask.answer() + " ").length,
        Prompt.END,
        List.of(ask.answer()),
        tokenizer,
        answer -> FirstAnswer.isExact(List.of(ask.answer()), answer) ? 1 : 0);
  }

  private Report report(Journal<Answer> journal) {
    Scores scores = new Scores("accuracy", options.sizes().stream().map(String::valueOf).toList());
    for (Cell cell : cells()) {
      for (int sample = 0; sample < options.samples(); sample++) {
        Answer answer = journal.outcome(cell.item(sample));
        scores.add(cell.probe.label(), String.valueOf(cell.size), answer);
      }
    }
    Table table = scores.table(name(), "task", "size");
    SequencedMap<String, Picture> pictures = new LinkedHashMap<>();
    HeatMap.Panel grid = table.grid("", "size", "task", "accuracy");
    pictures.put("results", new HeatMap("", "size", "", "accuracy", List.of(grid)));
    pictures.put("curves", scores.chart("size", false));
    return new Report(
        table, List.of(scores.overview("accuracy")), scores.summary("task", "size"), pictures);
  }
}
