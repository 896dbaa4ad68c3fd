package dev.rwkvx.cli;

import dev.rwkvx.evaluation.Choice;
import dev.rwkvx.evaluation.ChoiceQuestion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx eval choice}: which answer does a model find likeliest? */
@Command(
    name = "choice",
    description = "Answer multiple-choice questions by the likelihood of the choices.")
final class EvalChoiceCommand implements Callable<Integer> {
  @ParentCommand private EvalCommand eval;
  @Mixin private final EvaluationArguments arguments = new EvaluationArguments();

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description =
          "Lines {\"query\": …, \"choices\": […], \"gold\": INDEX}, or with other common names:"
              + " ctx, context, question, prompt; endings, options; label, answer, answerKey,"
              + " answer_idx.")
  private Path data;

  @Mixin private final SampleArguments samples = new SampleArguments();

  @Override
  public Integer call() throws IOException {
    List<ChoiceQuestion> questions = ChoiceQuestion.read(data, samples.most());
    return arguments.run(
        eval.main,
        (subject, batch) -> new Choice(subject.reader(batch), subject.tokenizer(), questions));
  }
}
