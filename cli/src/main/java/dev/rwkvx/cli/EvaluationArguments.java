package dev.rwkvx.cli;

import dev.rwkvx.evaluation.Evaluation;
import dev.rwkvx.evaluation.EvaluationFolder;
import dev.rwkvx.evaluation.Journal;
import dev.rwkvx.evaluation.Report;
import dev.rwkvx.evaluation.Subject;
import dev.rwkvx.model.Ablation;
import dev.rwkvx.model.RwkvX;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is evaluated, without which of its parts, and where the results go. */
final class EvaluationArguments {
  @Mixin private final TextModelArguments model = new TextModelArguments();
  @Mixin private final CacheArguments cache = new CacheArguments();

  @Option(
      names = "--zero-sparse",
      description = "Ablation: the attention of the sparse blocks adds nothing.")
  private boolean zeroSparse;

  @Option(
      names = "--wkv-reset",
      paramLabel = "N",
      defaultValue = "0",
      converter = TokenCount.class,
      description = "Ablation: clear the WKV states every N tokens (default: never).")
  private int wkvReset;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "16",
      description = "Prompts side by side; changes no result (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = {
        "Keep the results: every item (items.jsonl), a table (results.csv), the numbers that matter"
            + " (summary.json) and pictures (results.png, .svg …).",
        "A run that was interrupted goes on when it is started again."
      })
  private @Nullable Path out;

  /** Makes an evaluation of a model. */
  @FunctionalInterface
  interface Factory<T> {
    Evaluation<T> create(Subject subject, int batch) throws IOException;
  }

  /**
   * Opens the model, evaluates it, and prints what came out.
   *
   * @throws dev.rwkvx.InputException when an option is out of its range or a file cannot be used
   */
  <T> int run(Main main, Factory<T> factory) throws IOException {
    BenchArguments.requireRange("--batch", batch, 1024);
    Ablation ablation = new Ablation(zeroSparse, wkvReset);
    try (RwkvX opened = model.open()) {
      Subject subject = new Subject(opened, model.tokenizer(opened), cache.options(), ablation);
      Evaluation<T> evaluation = factory.create(subject, batch);
      Report report;
      try (EvaluationProgress progress = new EvaluationProgress(evaluation.name(), main.err)) {
        report =
            out == null
                ? evaluation.run(Journal.inMemory(), progress)
                : new EvaluationFolder(out).run(subject, evaluation, progress);
      }
      main.out.print(
          report.overviews().stream()
              .map(TextTable::of)
              .collect(Collectors.joining(System.lineSeparator())));
      if (out != null) {
        main.out.printf("results are in %s%n", out);
      }
    }
    return 0;
  }
}
