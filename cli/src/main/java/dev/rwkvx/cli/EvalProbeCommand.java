package dev.rwkvx.cli;

import dev.rwkvx.evaluation.Probes;
import dev.rwkvx.training.probes.Probe;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx eval probe}: how much can a model that learnt one ability do? */
@Command(
    name = "probe",
    description = "Ask a model for what sequences of 'data probe' teach, at many sizes.")
final class EvalProbeCommand implements Callable<Integer> {
  @ParentCommand private EvalCommand eval;
  @Mixin private final EvaluationArguments arguments = new EvaluationArguments();

  @Option(
      names = "--tasks",
      paramLabel = "LIST",
      split = ",",
      required = true,
      description = "Some of mqar, copy, parity, permutations.")
  private List<Probe> tasks;

  @Option(
      names = "--sizes",
      paramLabel = "LIST",
      defaultValue = "8..64",
      converter = Lengths.Converter.class,
      description =
          "Pairs, blanks, bits or permutations: 8,64 or 8..1024 (doubling)"
              + " (default: ${DEFAULT-VALUE}).")
  private Lengths sizes;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "200",
      description = "Questions for each task and size (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--questions",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "Of mqar, how many of these are about the same pairs, which are read once; each is"
              + " answered by itself (default: ${DEFAULT-VALUE}).")
  private int questions;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of all that is drawn (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  public Integer call() throws IOException {
    BenchArguments.requireRange("--samples", samples, 1_000_000);
    BenchArguments.requireRange("--questions", questions, 256);
    for (Probe task : tasks) {
      for (int size : sizes.values()) {
        BenchArguments.requireRange("--sizes", size, task.most());
      }
    }
    Probes.Options options = new Probes.Options(tasks, sizes.values(), samples, questions, seed);
    return arguments.run(
        eval.main,
        (subject, batch) -> new Probes(subject.reader(batch), subject.tokenizer(), options));
  }
}
