package dev.rwkvx.cli;

import dev.rwkvx.evaluation.Answers;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.training.data.Completion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx eval answers}: does the model complete prompts as it should? */
@Command(
    name = "answers",
    description = "Let a model complete prompts, greedily, and count what is right.")
final class EvalAnswersCommand implements Callable<Integer> {
  @ParentCommand private EvalCommand eval;
  @Mixin private final TextModelArguments model = new TextModelArguments();

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = "Lines {\"prompt\": …, \"completion\": …}.")
  private Path data;

  @Option(
      names = "--samples",
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Take the first N lines (default: all).")
  private @Nullable Integer samples;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "16",
      description = "Prompts side by side; changes no result (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Override
  public Integer call() throws IOException {
    int most = samples == null ? Integer.MAX_VALUE : samples;
    BenchArguments.requireRange("--samples", most, Integer.MAX_VALUE);
    BenchArguments.requireRange("--batch", batch, 1024);
    try (RwkvX opened = model.open();
        Progress progress = new Progress(eval.main.err)) {
      List<Completion> items = Completion.read(data, model.tokenizer(opened), most);
      Answers answers =
          Answers.measure(
              opened,
              items,
              batch,
              done -> progress.update("completing", done, items.size(), done, "prompts"));
      progress.close();
      eval.main.out.printf(
          Locale.ROOT,
          "prompts                    %d%n"
              + "completed without error    %.2f %%%n"
              + "tokens in their place      %.3f %% of %d%n"
              + "predicted one by one       %.3f %%%n",
          answers.prompts(),
          100 * answers.exactAccuracy(),
          100 * answers.tokenAccuracy(),
          answers.tokens(),
          100 * answers.predictedAccuracy());
    }
    return 0;
  }
}
