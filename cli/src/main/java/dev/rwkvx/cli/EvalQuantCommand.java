package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.Agreement;
import dev.rwkvx.io.InputFile;
import dev.rwkvx.model.RwkvX;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx eval quant}: how far a quantised model is from its original. */
@Command(
    name = "quant",
    description = "Compare the predictions of a (quantised) model with those of another.")
final class EvalQuantCommand implements Callable<Integer> {
  @ParentCommand private EvalCommand eval;
  @Mixin private final TextModelArguments model = new TextModelArguments();

  @Option(
      names = "--against",
      paramLabel = "FILE",
      required = true,
      description = "The original model.")
  private Path original;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      required = true,
      description = "The text that both read.")
  private Path text;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "4096",
      description = "Read the first N tokens of the text (default: ${DEFAULT-VALUE}).")
  private int tokens;

  @Override
  public Integer call() throws IOException {
    if (tokens < 1) {
      throw new InputException("--tokens is " + tokens + "; expected 1 or more");
    }
    byte[] bytes = Files.readAllBytes(InputFile.require(text));
    try (RwkvX opened = model.open();
        RwkvX against = RwkvX.open(original, model.options())) {
      int[] all = model.tokenizer(opened).encode(bytes);
      if (all.length == 0) {
        throw new InputException(text + " is empty; expected some text");
      }
      int[] read = Arrays.copyOf(all, Math.min(tokens, all.length));
      Agreement agreement = Agreement.measure(opened, against, read);
      eval.main.out.printf(
          Locale.ROOT,
          "tokens                     %d%n"
              + "KL divergence              %.3g nats%n"
              + "same most probable token   %.2f %%%n"
              + "largest logit difference   %.3g%n"
              + "rms logit difference       %.3g%n",
          agreement.tokens(),
          agreement.divergence(),
          100 * agreement.sameChoice(),
          agreement.largestDifference(),
          agreement.rmsDifference());
    }
    return 0;
  }
}
