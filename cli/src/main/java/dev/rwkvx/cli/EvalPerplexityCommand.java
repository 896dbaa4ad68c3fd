package dev.rwkvx.cli;

import dev.rwkvx.evaluation.Perplexity;
import dev.rwkvx.evaluation.Texts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx eval ppl}: how well are texts predicted? */
@Command(name = "ppl", description = "Measure loss, perplexity and bits per byte of texts.")
final class EvalPerplexityCommand implements Callable<Integer> {
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
      defaultValue = "4K",
      converter = TokenCount.class,
      description = "Tokens of the windows that texts are cut into (default: ${DEFAULT-VALUE}).")
  private int context;

  @Mixin private final SampleArguments samples = new SampleArguments();

  @Override
  public Integer call() throws IOException {
    BenchArguments.requireRange("--context", context, Integer.MAX_VALUE);
    Texts documents = Texts.read(texts, Long.MAX_VALUE).first(samples.most());
    return arguments.run(eval.main, (subject, _) -> new Perplexity(subject, documents, context));
  }
}
