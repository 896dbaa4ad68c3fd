package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import dev.rwkvx.plots.HeatMap;
import dev.rwkvx.plots.Picture;
import dev.rwkvx.plots.Table;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.training.tasks.Split;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.SplittableRandom;

/**
 * A number hidden at some depth of meaningless text, and asked for at its end (MODEL.md; the
 * protocol is that of the landmark attention paper, arXiv 2305.16300, and of RWKV-X, figure 1).
 *
 * <p>An answer is right when the greedy continuation, of as many tokens as the number has with the
 * space before it, is the number.
 */
public final class Passkey implements Evaluation<Answer> {
  private static final String TASK =
      "There is an important info hidden inside a lot of irrelevant text. Find it and memorize"
          + " them. I will quiz you about the important information there.";
  private static final String FILLER =
      "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again.";
  private static final String QUESTION = "What is the pass key? The pass key is";
  private static final int LARGEST_KEY = 50_000;

  private final PromptReader reader;
  private final Tokenizer tokenizer;
  private final Options options;
  private final Fit fit = new Fit();

  /**
   * Which prompts are made.
   *
   * @param lengths the most tokens of prompts, ascending; each comes as close as whole fillers
   *     allow
   * @param depths of the key, evenly from the beginning to the end
   * @param samples keys for each length and depth
   * @param seed of the keys
   * @param heldOutKeys whether only numbers are hidden that {@code rwkvx data tasks} never writes
   */
  public record Options(
      List<Integer> lengths, int depths, int samples, long seed, boolean heldOutKeys) {
    /** Sorts the lengths, each once. */
    public Options {
      lengths = lengths.stream().distinct().sorted().toList();
    }

    /** Where the key stands: 0 is the beginning, 1 the end. */
    double depth(int index) {
      return depths == 1 ? 0.5 : (double) index / (depths - 1);
    }
  }

  /**
   * A prompt.
   *
   * @param key the number in it
   * @param fillers repetitions of the filler, before and behind the key
   * @param before of them, those before it
   */
  record Hidden(int key, int fillers, int before) {
    String text() {
      return String.join(
          "\n",
          TASK,
          repeated(before),
          "The pass key is %d. Remember it. %d is the pass key.".formatted(key, key),
          repeated(fillers - before),
          QUESTION);
    }

    private static String repeated(int count) {
      return String.join(" ", Collections.nCopies(count, FILLER));
    }
  }

  private record Item(int length, int depth, int sample) {
    String name() {
      return length + "/" + depth + "/" + sample;
    }
  }

  /**
   * Prepares the evaluation.
   *
   * @param reader reads with the model
   * @param tokenizer the model's vocabulary
   * @param options lengths, depths, how many samples
   */
  public Passkey(PromptReader reader, Tokenizer tokenizer, Options options) {
    this.reader = reader;
    this.tokenizer = tokenizer;
    this.options = options;
  }

  @Override
  public String name() {
    return "passkey";
  }

  @Override
  public SequencedMap<String, Object> settings() {
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    settings.put("lengths", options.lengths());
    settings.put("depths", options.depths());
    settings.put("samples", options.samples());
    settings.put("seed", options.seed());
    settings.put("held_out_keys", options.heldOutKeys());
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
    for (int length : options.lengths()) {
      for (int depth = 0; depth < options.depths(); depth++) {
        for (int sample = 0; sample < options.samples(); sample++) {
          items.add(new Item(length, depth, sample));
        }
      }
    }
    return items;
  }

  private Question question(Item item) {
    Hidden hidden = hidden(item);
    String key = String.valueOf(hidden.key());
    return new Question(
        item.name(),
        tokenizer.encode(hidden.text()),
        tokenizer.encode(" " + key).length,
        Prompt.END,
        List.of(key),
        tokenizer,
        answer -> answer.strip().equals(key) ? 1 : 0);
  }

  private Hidden hidden(Item item) {
    int key = key(Seeds.random(options.seed(), item.length, item.depth, item.sample));
    return hidden(tokenizer, fit, key, item.length, options.depth(item.depth));
  }

  private static Hidden hidden(Tokenizer tokenizer, Fit fit, int key, int length, double depth) {
    int fillers =
        fit.largest(count -> tokenizer.encode(at(key, count, depth).text()).length, length, length);
    if (fillers < 0) {
      throw new InputException(
          "A passkey prompt without filler has more than %d tokens; expected a larger length"
              .formatted(length));
    }
    return at(key, fillers, depth);
  }

  /**
   * {@return a prompt}
   *
   * @param tokenizer counts tokens
   * @param key the number to hide
   * @param length the most tokens; the prompt has as many whole fillers as fit
   * @param depth where the number stands: 0 is the beginning, 1 the end
   * @throws InputException when not even a prompt without filler fits
   */
  public static String prompt(Tokenizer tokenizer, int key, int length, double depth) {
    return hidden(tokenizer, new Fit(), key, length, depth).text();
  }

  private int key(SplittableRandom random) {
    int key;
    do {
      key = 1 + random.nextInt(LARGEST_KEY);
    } while (options.heldOutKeys() && Split.of(key) != Split.HELD_OUT);
    return key;
  }

  static Hidden at(int key, int fillers, double depth) {
    return new Hidden(key, fillers, (int) Math.round(depth * fillers));
  }

  private Report report(Journal<Answer> journal) {
    Scores scores = new Scores("accuracy", List.of());
    Scores lengths = new Scores("accuracy", List.of());
    for (Item item : items()) {
      String depth = String.format(Locale.ROOT, "%.0f", 100 * options.depth(item.depth));
      Answer answer = journal.outcome(item.name());
      scores.add(String.valueOf(item.length), depth, answer);
      lengths.add("passkey", String.valueOf(item.length), answer);
    }
    SequencedMap<String, Object> summary = scores.summary("length", "depth_percent");
    summary.put("effective_length", lengths.effectiveLengths().getOrDefault("passkey", 0));
    Table table = scores.table(name(), "length", "depth_percent");
    HeatMap.Panel grid = table.grid("", "length", "depth_percent", "accuracy");
    SequencedMap<String, Picture> pictures = new LinkedHashMap<>();
    pictures.put(
        "results", new HeatMap("", "length (tokens)", "depth (%)", "accuracy", List.of(grid)));
    pictures.put("curves", lengths.chart("length (tokens)", false));
    Table overview = scores.overview("accuracy: length \\ depth %");
    return new Report(table, List.of(overview), summary, pictures);
  }
}
