package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.Choice;
import dev.rwkvx.evaluation.ChoiceQuestion;
import dev.rwkvx.evaluation.Evaluation;
import dev.rwkvx.evaluation.EvaluationFolder;
import dev.rwkvx.evaluation.Journal;
import dev.rwkvx.evaluation.Lambada;
import dev.rwkvx.evaluation.Needle;
import dev.rwkvx.evaluation.Report;
import dev.rwkvx.evaluation.Subject;
import dev.rwkvx.evaluation.needle.Task;
import dev.rwkvx.evaluation.paper.PaperTable;
import dev.rwkvx.evaluation.paper.PaperTable.Measured;
import dev.rwkvx.evaluation.paper.PaperTable.Place;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.model.Ablation;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.plots.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx reproduce}: a table of the paper, measured again. */
@Command(
    name = "reproduce",
    description = {
      "Measure a table of the RWKV-X paper again, and print the paper's numbers beside.",
      "table2: S-NIAH-1, -2 and -3 (RULER) at 1K to 8K tokens. table3: short contexts, from files"
          + " of lm-evaluation-harness. table4: S-NIAH-2 and -3 with and without LongCE."
    })
final class ReproduceCommand implements Callable<Integer> {
  private static final List<Integer> LENGTHS = List.of(1024, 2048, 4096, 8192);
  private static final int BATCH = 16;

  /** The files of table 3 beside that of LAMBADA. */
  private static final List<ShortTask> CHOICES =
      List.of(
          new ShortTask("hellaswag", "acc_norm"),
          new ShortTask("piqa", "acc"),
          new ShortTask("arc_easy", "acc"),
          new ShortTask("arc_challenge", "acc_norm"),
          new ShortTask("winogrande", "acc"),
          new ShortTask("sciq", "acc"),
          new ShortTask("mmlu", "acc"));

  /** A file of questions, and the score that counts. */
  private record ShortTask(String name, String score) {}

  /** What can be measured. */
  private enum Claim {
    table2,
    table3,
    table4
  }

  @ParentCommand private Main main;
  @Mixin private final HubArguments hub = new HubArguments();
  @Mixin private final HaystackArguments haystack = new HaystackArguments();

  @Parameters(paramLabel = "TABLE", description = "One of ${COMPLETION-CANDIDATES}.")
  private Claim claim;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      required = true,
      description = "A file, or a name that 'rwkvx pull' knows; fetched if it is not here.")
  private String model;

  @Option(
      names = "--without",
      paramLabel = "MODEL",
      description = "For table4: the model of the stage before LongCE.")
  private @Nullable String without;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description =
          "For table3: lambada.jsonl with lines {\"text\": …}, and hellaswag, piqa, arc_easy,"
              + " arc_challenge, winogrande, sciq and mmlu .jsonl as for 'rwkvx eval choice'.")
  private @Nullable Path data;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "100",
      description = "Prompts of each cell, and the most questions of a file (default: 100).")
  private int samples;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "Keep every item and the table; an interrupted run goes on.")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException, InterruptedException {
    BenchArguments.requireRange("--samples", samples, 100_000);
    if ((claim == Claim.table4) != (without != null)) {
      throw new InputException(
          "--without names the second model of table4, and goes with no other");
    }
    if (claim == Claim.table3) {
      requireData();
    }
    SequencedMap<String, SequencedMap<Place, Measured>> measured = new LinkedHashMap<>();
    measured.put("measured" + (without == null ? "" : " with"), measure(model, "with"));
    if (without != null) {
      measured.put("measured without", measure(without, "without"));
    }
    Table table = PaperTable.of(claim.name()).beside(measured);
    main.out.print(TextTable.of(table));
    if (out != null) {
      table.write(out.resolve(claim + ".csv"));
      main.out.printf("results are in %s%n", out);
    }
    return 0;
  }

  private void requireData() {
    if (data == null || !Files.isDirectory(data)) {
      throw new InputException(
          "table3 needs --data, a folder with files of lm-evaluation-harness; found "
              + (data == null ? "none" : data));
    }
  }

  /** What one model makes of the table. */
  private SequencedMap<Place, Measured> measure(String name, String folder)
      throws IOException, InterruptedException {
    try (TextModel opened = TextModel.open(hub.model(name, main.err))) {
      Subject subject =
          new Subject(opened.model(), opened.tokenizer(), CacheOptions.exact(), Ablation.NONE);
      return claim == Claim.table3 ? shortContexts(subject) : needles(subject, folder);
    }
  }

  private SequencedMap<Place, Measured> needles(Subject subject, String folder) throws IOException {
    HaystackArguments.Read text = haystack.read();
    if (text.isNoise()) {
      main.err.println("note: without --haystack S-NIAH-2 and -3 hide facts in noise too");
    }
    SequencedMap<String, Task> tasks =
        new LinkedHashMap<>(Task.all(text.haystack(), Task.Sizes.USUAL));
    tasks.keySet().removeIf(task -> !task.startsWith("niah_single_"));
    if (claim == Claim.table4) {
      tasks.remove("niah_single_1");
    }
    SequencedMap<String, Object> material = new LinkedHashMap<>(Map.of("haystack", text.name()));
    Needle.Options options = new Needle.Options("needle", tasks, LENGTHS, samples, 1, 0, material);
    Report report =
        run(subject, new Needle(subject.reader(BATCH), subject.tokenizer(), options), folder);
    SequencedMap<Place, Measured> measured = new LinkedHashMap<>();
    for (List<String> row : report.table().rows()) {
      // Task, length, samples, score.
      measured.put(
          new Place(row.get(0), row.get(1)),
          new Measured(Long.parseLong(row.get(2)), Double.parseDouble(row.get(3))));
    }
    return measured;
  }

  /** The tasks whose files are there; their average only when none is missing. */
  private SequencedMap<Place, Measured> shortContexts(Subject subject) throws IOException {
    SequencedMap<Place, Measured> measured = new LinkedHashMap<>();
    Path passages = file("lambada");
    if (Files.exists(passages)) {
      List<Lambada.Passage> read = Lambada.Passage.read(passages, samples);
      Lambada lambada = new Lambada(subject.reader(BATCH), subject.tokenizer(), read);
      put(measured, "lambada", "accuracy", read.size(), run(subject, lambada, "lambada"));
    }
    for (ShortTask task : CHOICES) {
      Path file = file(task.name);
      if (Files.exists(file)) {
        List<ChoiceQuestion> read = ChoiceQuestion.read(file, samples);
        Choice choice = new Choice(subject.reader(BATCH), subject.tokenizer(), read);
        put(measured, task.name, task.score, read.size(), run(subject, choice, task.name));
      }
    }
    if (measured.isEmpty()) {
      throw new InputException(data + ": has none of the files of table3, such as lambada.jsonl");
    }
    if (measured.size() == CHOICES.size() + 1) {
      long all = measured.values().stream().mapToLong(Measured::samples).sum();
      double mean = measured.values().stream().mapToDouble(Measured::share).average().orElse(0);
      measured.put(new Place("average", ""), new Measured(all, mean));
    }
    return measured;
  }

  private Path file(String task) {
    return Path.of(String.valueOf(data), task + ".jsonl");
  }

  private static void put(
      SequencedMap<Place, Measured> measured, String task, String score, int count, Report report) {
    double share = ((Number) report.summary().getOrDefault(score, Double.NaN)).doubleValue();
    String name = score.equals("accuracy") ? task : task + " " + score;
    measured.put(new Place(name, ""), new Measured(count, share));
  }

  private <T> Report run(Subject subject, Evaluation<T> evaluation, String folder)
      throws IOException {
    try (EvaluationProgress progress = new EvaluationProgress(folder, main.err)) {
      return out == null
          ? evaluation.run(Journal.inMemory(), progress)
          : new EvaluationFolder(out.resolve(claim + "-" + folder))
              .run(subject, evaluation, progress);
    }
  }
}
