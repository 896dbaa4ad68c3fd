package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.gate.GateHit;
import dev.rwkvx.evaluation.trace.Trace;
import dev.rwkvx.evaluation.trace.Tracer;
import dev.rwkvx.io.OutputPath;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code rwkvx trace}: what the sparse blocks attend to. */
@Command(
    name = "trace",
    description = {
      "Show which chunks of a text the sparse blocks attend to while a model answers it, greedily.",
      "Writes a page for browsers and beside it a CSV file."
    })
final class TraceCommand implements Callable<Integer> {
  private static final int MOST_GENERATED = 4096;
  private static final Pattern POSITIONS = Pattern.compile("(\\d{1,12})(?:-(\\d{1,12}))?");
  private static final int SHOWN = 5;

  @ParentCommand private Main main;
  @Spec private CommandSpec spec;
  @Mixin private final TextModelArguments model = new TextModelArguments();
  @Mixin private final CacheArguments cache = new CacheArguments();
  @Mixin private final PromptArguments prompt = new PromptArguments();

  @Option(
      names = "--out",
      paramLabel = "FILE.html",
      required = true,
      description = "The page; the table goes to the same name with .csv.")
  private Path out;

  @Option(
      names = "--generate",
      paramLabel = "N",
      defaultValue = "16",
      description = "The most tokens of the answer, 0 or more (default: ${DEFAULT-VALUE}).")
  private int generate;

  @Option(
      names = "--queries",
      paramLabel = "FROM-TO",
      description = {
        "Positions of tokens, from 0, whose chunks are listed.",
        "Default: those that predict the answer, from the prompt's last token on."
      })
  private @Nullable String queries;

  @Option(
      names = "--needle",
      paramLabel = "TEXT",
      defaultValue = "",
      description =
          "A part of the prompt that the answer should come from: tells how often it was chosen.")
  private String needle;

  @Override
  public Integer call() throws IOException {
    if (prompt.sources() != 1) {
      throw new ParameterException(spec.commandLine(), "expected one of PROMPT and --file");
    }
    if (generate < 0 || generate > MOST_GENERATED) {
      throw new InputException(
          "--generate is %d; expected 0 to %d".formatted(generate, MOST_GENERATED));
    }
    requirePage(out);
    Tracer.Options options =
        new Tracer.Options(generate, Tracer.Options.USUAL_SAMPLED, positions(), needle);
    try (RwkvX opened = model.open()) {
      Tokenizer tokenizer = model.tokenizer(opened);
      int[] tokens = tokenizer.encode(prompt.text(main));
      Trace trace = trace(new Tracer(opened, tokenizer, options), opened, tokens);
      Path csv = trace.write(out);
      print(trace);
      main.out.printf("%s and %s are written%n", out, csv);
    }
    return 0;
  }

  /**
   * @throws InputException when a page cannot have this name
   * @throws IOException when it or its table cannot be written
   */
  static void requirePage(Path file) throws IOException {
    if (!String.valueOf(file.getFileName()).matches(".+\\.html?")) {
      throw new InputException(file + ": the page must be named *.html");
    }
    OutputPath.require(file);
    OutputPath.require(Trace.tableBeside(file));
  }

  private Optional<Tracer.Positions> positions() {
    if (queries == null) {
      return Optional.empty();
    }
    Matcher found = POSITIONS.matcher(queries);
    if (!found.matches()) {
      throw new InputException(
          "--queries is '%s'; expected a position or a range such as 100-120".formatted(queries));
    }
    long first = Long.parseLong(found.group(1));
    long last = found.group(2) == null ? first : Long.parseLong(found.group(2));
    return Optional.of(new Tracer.Positions(first, last));
  }

  private Trace trace(Tracer tracer, RwkvX opened, int[] tokens) {
    CacheOptions kept = cache.options();
    if (kept.policy() instanceof Bounded) {
      throw new InputException(
          "--kv-cache is bounded; expected exact or spill: what is cut cannot be shown");
    }
    try (State state = opened.newState(kept);
        EvaluationProgress progress = new EvaluationProgress("reading", main.err)) {
      return tracer.trace(state, tokens, progress);
    }
  }

  private void print(Trace trace) {
    print("It wrote: %s%n", Text.fromFile(trace.answer()));
    for (Trace.ChunkRead read : trace.mostRead(SHOWN)) {
      print("%s%n", line(read));
    }
    trace.gateHit().ifPresent(hit -> print("%s%n", line(hit)));
  }

  /** A chunk in one line. */
  static String line(Trace.ChunkRead read) {
    String text = read.text().replaceAll("\\s+", " ").strip();
    return String.format(
        Locale.ROOT,
        "  %5.1f %%  chunk %s%s: %s",
        100 * read.mass(),
        Text.count(read.chunk()),
        read.holdsNeedle() ? " (needle)" : "",
        Text.fromFile(text.length() > 90 ? text.substring(0, 90) + "…" : text));
  }

  /** A gate hit in one line. */
  static String line(GateHit hit) {
    return String.format(
        Locale.ROOT,
        "  gate hit: %.0f %% of %d queries of the answer by any head, %.0f %% by the mean of the"
            + " heads",
        100 * hit.any(),
        hit.queries(),
        100 * hit.mean());
  }

  private void print(String format, Object... values) {
    main.out.printf(Locale.ROOT, format, values);
  }
}
