package dev.rwkvx.cli;

import dev.rwkvx.Printable;
import dev.rwkvx.generate.Generation;
import dev.rwkvx.generate.GenerationListener;
import dev.rwkvx.generate.GenerationOptions;
import dev.rwkvx.generate.SamplingOptions;
import dev.rwkvx.generate.TextSession;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.PrintStream;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code rwkvx generate}: continues a text. */
@Command(
    name = "generate",
    description = "Continue a text. Prints what follows it, while it is generated.")
final class GenerateCommand implements Callable<Integer> {
  @ParentCommand private Main main;
  @Spec private CommandSpec spec;
  @Mixin private final TextModelArguments model = new TextModelArguments();
  @Mixin private final SamplingArguments samplingArguments = new SamplingArguments();
  @Mixin private final StateArguments state = new StateArguments();
  @Mixin private final PromptArguments prompt = new PromptArguments();

  @Option(
      names = "--raw-tokens",
      paramLabel = "ID",
      split = ",",
      description = "Continue token ids.")
  private @Nullable List<Integer> ids;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "The most tokens to generate (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End before this text; may be given several times.")
  private List<String> stopStrings = List.of();

  @Option(
      names = "--stop-token",
      paramLabel = "ID",
      split = ",",
      description = "End at this token, as at 0, the end of a document.")
  private List<Integer> stopTokens = List.of();

  @Option(names = "--stats", description = "Print numbers of tokens and speeds to stderr.")
  private boolean stats;

  @Override
  public Integer call() throws IOException {
    if (prompt.sources() + (ids == null ? 0 : 1) != 1) {
      throw new ParameterException(
          spec.commandLine(), "expected one of PROMPT, --file and --raw-tokens");
    }
    SamplingOptions samplingOptions = samplingArguments.over(SamplingOptions.defaults());
    GenerationOptions options = options();
    try (RwkvX opened = model.open()) {
      Tokenizer tokenizer = model.tokenizer(opened);
      int[] tokens = prompt(tokenizer);
      try (TextSession session = new TextSession(state.open(opened, tokenizer), tokenizer)) {
        if (!state.saves()) {
          generate(session, tokens, samplingOptions, options, () -> false);
          return 0;
        }
        try (Interruption interruption = new Interruption()) {
          generate(session, tokens, samplingOptions, options, interruption::asked);
          state.save(session.context());
        }
      }
    }
    return 0;
  }

  private void generate(
      TextSession session,
      int[] tokens,
      SamplingOptions sampling,
      GenerationOptions options,
      BooleanSupplier interrupted) {
    // Output that nobody reads any more, such as that of head, ends the work.
    BooleanSupplier cancelled = () -> main.out.checkError() || interrupted.getAsBoolean();
    Generation generation =
        session.generate(tokens, sampling, options, listener(main.out, main.terminal), cancelled);
    main.out.println();
    main.out.flush();
    if (stats) {
      main.err.println(describe(generation));
    }
  }

  /** Prints what the model says; to a terminal without what could steer it. */
  static GenerationListener listener(PrintStream out, boolean terminal) {
    return terminal ? piece -> out.print(Printable.text(piece)) : out::print;
  }

  private GenerationOptions options() {
    Set<Integer> tokens = new HashSet<>(stopTokens);
    tokens.add(GenerationOptions.END_OF_DOCUMENT);
    return new GenerationOptions(maxTokens, stopStrings, tokens);
  }

  private int[] prompt(Tokenizer tokenizer) throws IOException {
    if (ids != null) {
      return ids.stream().mapToInt(Integer::intValue).toArray();
    }
    return tokenizer.encode(prompt.text(main));
  }

  private static String describe(Generation generation) {
    String end =
        switch (generation.end()) {
          case STOP_TOKEN -> "a stop token";
          case STOP_STRING -> "a stop string";
          case LENGTH -> "the limit of tokens";
          case CANCELLED -> "the reader or an interruption";
        };
    return String.format(
        Locale.ROOT,
        "prompt: %d tokens, %.1f tokens/s; generated: %d tokens, %.1f tokens/s; ended by %s",
        generation.promptTokens(),
        generation.promptRate(),
        generation.tokens(),
        generation.rate(),
        end);
  }
}
