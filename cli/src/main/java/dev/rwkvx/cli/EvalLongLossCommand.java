package dev.rwkvx.cli;

import dev.rwkvx.evaluation.LongLoss;
import dev.rwkvx.evaluation.Texts;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx eval longloss}: does a model predict the better, the more it has read? */
@Command(name = "longloss", description = "Measure the loss by position in long documents.")
final class EvalLongLossCommand implements Callable<Integer> {
  /** Positions of the first bin where bins double. */
  private static final int FIRST = 64;

  @ParentCommand private EvalCommand eval;
  @Mixin private final EvaluationArguments arguments = new EvaluationArguments();
  @Mixin private final EvaluationTexts texts = new EvaluationTexts();

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "16K",
      converter = TokenCount.class,
      description =
          "Tokens of each document; shorter documents are left out (default: ${DEFAULT-VALUE}).")
  private int context;

  @Option(
      names = "--bin",
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Positions of a bin (default: 64, 64, 128, 256, …).")
  private @Nullable Integer bin;

  @Override
  public Integer call() throws IOException {
    BenchArguments.requireRange("--context", context, Integer.MAX_VALUE);
    int first = bin == null ? FIRST : bin;
    BenchArguments.requireRange("--bin", first, Integer.MAX_VALUE);
    LongLoss.Options options = new LongLoss.Options(context, texts.most(), first, bin == null);
    Texts documents = texts.read();
    return arguments.run(eval.main, (subject, _) -> new LongLoss(subject, documents, options));
  }
}
