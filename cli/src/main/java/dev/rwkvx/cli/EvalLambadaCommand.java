package dev.rwkvx.cli;

import dev.rwkvx.evaluation.Lambada;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx eval lambada}: is the last word of a passage predicted? */
@Command(name = "lambada", description = "Predict the last words of passages (LAMBADA).")
final class EvalLambadaCommand implements Callable<Integer> {
  @ParentCommand private EvalCommand eval;
  @Mixin private final EvaluationArguments arguments = new EvaluationArguments();

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = "Lines {\"text\": …} that end with the word.")
  private Path data;

  @Mixin private final SampleArguments samples = new SampleArguments();

  @Override
  public Integer call() throws IOException {
    List<Lambada.Passage> passages = Lambada.Passage.read(data, samples.most());
    return arguments.run(
        eval.main,
        (subject, batch) -> new Lambada(subject.reader(batch), subject.tokenizer(), passages));
  }
}
