package dev.rwkvx.cli;

import dev.rwkvx.evaluation.Passkey;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx eval passkey}: is a number in a long text found again? */
@Command(
    name = "passkey",
    description = "Hide numbers at many depths of long texts and ask for them.")
final class EvalPasskeyCommand implements Callable<Integer> {
  @ParentCommand private EvalCommand eval;
  @Mixin private final EvaluationArguments arguments = new EvaluationArguments();
  @Mixin private final GridArguments grid = new GridArguments();

  @Option(
      names = "--depths",
      paramLabel = "N",
      defaultValue = "10",
      description = "Places of the number, from the beginning to the end (default: 10).")
  private int depths;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "5",
      description = "Numbers for each length and depth (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--held-out-keys",
      description = "Hide only numbers that 'data tasks' never writes.")
  private boolean heldOutKeys;

  @Override
  public Integer call() throws IOException {
    BenchArguments.requireRange("--depths", depths, 101);
    BenchArguments.requireRange("--samples", samples, 100_000);
    Passkey.Options options =
        new Passkey.Options(grid.lengths(), depths, samples, grid.seed(), heldOutKeys);
    return arguments.run(
        eval.main,
        (subject, batch) -> new Passkey(subject.reader(batch), subject.tokenizer(), options));
  }
}
