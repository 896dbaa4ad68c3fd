package dev.rwkvx.cli;

import dev.rwkvx.evaluation.Perplexity;
import dev.rwkvx.evaluation.Texts;
import java.io.IOException;
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
  @Mixin private final EvaluationTexts texts = new EvaluationTexts();

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "4K",
      converter = TokenCount.class,
      description = "Tokens of the windows that texts are cut into (default: ${DEFAULT-VALUE}).")
  private int context;

  @Override
  public Integer call() throws IOException {
    BenchArguments.requireRange("--context", context, Integer.MAX_VALUE);
    Texts documents = texts.read().first(texts.most());
    return arguments.run(eval.main, (subject, _) -> new Perplexity(subject, documents, context));
  }
}
