package dev.rwkvx.spark;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx-spark score}: how well is every text predicted? */
@Command(
    name = "score",
    description =
        "Measure how well every text of a corpus is predicted, as 'rwkvx eval ppl' does. Each row"
            + " of the results has the fields of the input, then tokens, bytes, loss (mean, in"
            + " nats), perplexity, bits_per_byte, or an error.")
final class ScoreCommand implements Callable<Integer> {
  @ParentCommand private Main main;
  @Mixin private final ModelArguments model = new ModelArguments();
  @Mixin private final JobArguments job = new JobArguments();

  @Option(
      names = "--text-field",
      paramLabel = "FIELD",
      defaultValue = "text",
      description = "Field with the text (default: ${DEFAULT-VALUE}).")
  private String field;

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "4096",
      description = "Tokens of the windows that texts are cut into (default: ${DEFAULT-VALUE}).")
  private int context;

  @Override
  public Integer call() throws IOException {
    JobArguments.requirePositive("--context", context);
    return main.run(job, model, new ScoreWork(context, job.longest()), field);
  }
}
