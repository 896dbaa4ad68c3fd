package dev.rwkvx.spark;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx-spark generate}: a text for every prompt. */
@Command(
    name = "generate",
    description =
        "Continue every prompt of a corpus. Each row of the results has the fields of the input,"
            + " then generated, prompt_tokens, generated_tokens, finish_reason (stop or length),"
            + " or an error.")
final class GenerateCommand implements Callable<Integer> {
  @ParentCommand private Main main;
  @Mixin private final ModelArguments model = new ModelArguments();
  @Mixin private final WritingArguments writing = new WritingArguments();
  @Mixin private final JobArguments job = new JobArguments();

  @Option(
      names = "--prompt-field",
      paramLabel = "FIELD",
      defaultValue = "prompt",
      description = "Field with the prompt (default: ${DEFAULT-VALUE}).")
  private String field;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "16",
      description = "Texts that a task writes side by side (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Override
  public Integer call() throws IOException {
    JobArguments.requirePositive("--batch", batch);
    writing.sampling(0);
    writing.ends();
    return main.run(job, model, new GenerateWork(writing, job.longest(), batch), field);
  }
}
