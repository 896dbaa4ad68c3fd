package dev.rwkvx.cli;

import dev.rwkvx.evaluation.LongLoss;
import dev.rwkvx.evaluation.Texts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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

  @Option(
      names = "--text",
      paramLabel = "FILE",
      arity = "1..*",
      required = true,
      description = "Texts (.txt, .jsonl, .parquet) or folders of such.")
  private List<Path> texts;

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

  @Mixin private final SampleArguments samples = new SampleArguments();

  @Override
  public Integer call() throws IOException {
    BenchArguments.requireRange("--context", context, Integer.MAX_VALUE);
    int first = bin == null ? FIRST : bin;
    BenchArguments.requireRange("--bin", first, Integer.MAX_VALUE);
    LongLoss.Options options = new LongLoss.Options(context, samples.most(), first, bin == null);
    Texts documents = Texts.read(texts, Long.MAX_VALUE);
    return arguments.run(eval.main, (subject, _) -> new LongLoss(subject, documents, options));
  }
}
