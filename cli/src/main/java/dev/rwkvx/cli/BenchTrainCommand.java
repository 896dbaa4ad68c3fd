package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.benchmarks.Shape;
import dev.rwkvx.benchmarks.TrainingBenchmark;
import dev.rwkvx.benchmarks.TrainingBenchmark.Result;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.math.MachineLimits;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.math.Workers;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.plots.Chart;
import dev.rwkvx.plots.Chart.Scale;
import dev.rwkvx.plots.Picture;
import dev.rwkvx.plots.Table;
import dev.rwkvx.plots.TableWriter;
import dev.rwkvx.training.Parameters;
import dev.rwkvx.training.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx bench train}: time and memory of training on longer and longer sequences. */
@Command(
    name = "train",
    description = {
      "Measure time per token and memory of training steps: forward, backward and AdamW, in f32."
    })
final class BenchTrainCommand implements Callable<Integer> {
  private static final int MOST_TOKENS = 1 << 24;

  private static final List<String> COLUMNS =
      List.of(
          "model",
          "threads",
          "vocabulary",
          "chunk_size",
          "top_k",
          "batch",
          "context",
          "steps",
          "seconds_per_step",
          "tokens_per_second",
          "microseconds_per_token",
          "fraction_of_peak",
          "fma_peak_gflops",
          "peak_resident_bytes",
          "bytes_per_token");

  @ParentCommand private BenchCommand bench;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "A .pth or .safetensors checkpoint to train; it is not changed.")
  private @Nullable Path file;

  @Option(
      names = {"--shape", "--random"},
      paramLabel = "SHAPE",
      split = ",",
      description = "Train random weights instead, of one or more shapes. " + Shape.DESCRIPTION)
  private List<String> shapes = List.of();

  @Option(
      names = "--contexts",
      paramLabel = "N",
      split = ",",
      converter = TokenCount.class,
      description = "Tokens of a sequence (default: 1K,2K,4K,8K,16K,32K,64K).")
  private List<Integer> contexts =
      List.of(1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10);

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description = "Sequences of a batch (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--vocab-size",
      paramLabel = "N",
      description = "Vocabulary of random weights (default: 65536).")
  private @Nullable Integer vocabulary;

  @Option(
      names = "--chunk-size",
      paramLabel = "N",
      description =
          "Tokens per chunk of the sparse attention (default: 2048, or as the file says).")
  private @Nullable Integer chunkSize;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Chunks that a token attends to (default: 3, or as the file says).")
  private @Nullable Integer topK;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "Timed steps at each length, of which the median counts, after an untimed one"
              + " (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute (default: one per processor).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "20",
      description = "Untimed work, so that everything is compiled (default: ${DEFAULT-VALUE}).")
  private double warmUp;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description =
          "Append each result to a CSV file as soon as it is there. What the file has already is"
              + " not measured again, so that an interrupted run can go on.")
  private @Nullable Path csv;

  @Option(
      names = "--plot",
      paramLabel = "FILE",
      description = "Draw the rows of the CSV file: *.png or *.svg.")
  private @Nullable Path plot;

  @Override
  public Integer call() throws IOException {
    check();
    try (TableWriter table = csv == null ? null : TableWriter.open(csv, COLUMNS)) {
      if (file != null) {
        measure(file.toString(), Parameters.load(file, optional(chunkSize), optional(topK)), table);
      }
      for (String shape : shapes) {
        measure(shape, random(shape), table);
      }
    }
    if (csv != null && plot != null) {
      new Chart(
              "",
              "context (tokens)",
              "training time per token (µs)",
              Scale.LOG,
              Scale.LINEAR,
              Table.read(csv).seriesBy("model", "context", "microseconds_per_token"))
          .write(plot);
    }
    return 0;
  }

  private void check() {
    if ((file == null) == shapes.isEmpty()) {
      throw new InputException("expected one of --model FILE and --shape SHAPE");
    }
    if (file != null && vocabulary != null) {
      throw new InputException("--vocab-size goes with --shape; --model has its own vocabulary");
    }
    contexts.forEach(n -> BenchArguments.requireRange("--contexts", n, MOST_TOKENS));
    BenchArguments.requireRange("--batch", batch, 1 << 16);
    for (int context : contexts) {
      if ((long) batch * context > MOST_TOKENS) {
        throw new InputException(
            "--batch %d of --contexts %d are more than %d tokens"
                .formatted(batch, context, MOST_TOKENS));
      }
    }
    BenchArguments.requireRange("--steps", steps, 1 << 16);
    BenchArguments.requireRange("--threads", threads, 1024);
    requireRange("--vocab-size", vocabulary, 1 << 24);
    requireRange("--chunk-size", chunkSize, 1 << 24);
    requireRange("--top-k", topK, 1 << 24);
    shapes.forEach(Shape::parse);
    if (plot != null) {
      Picture.requireName(plot);
      if (csv == null) {
        throw new InputException("--plot draws the rows of a CSV file: --csv FILE is missing");
      }
    }
  }

  private static void requireRange(String option, @Nullable Integer value, int most) {
    if (value != null) {
      BenchArguments.requireRange(option, value, most);
    }
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private Parameters random(String shape) {
    Config sizes = Shape.parse(shape);
    Config config =
        new Config(
            vocabulary != null ? vocabulary : sizes.vocabulary(),
            sizes.embedding(),
            sizes.headSize(),
            sizes.rwkvBlocks(),
            sizes.sparseBlocks(),
            optional(chunkSize).orElse(sizes.chunkSize()),
            optional(topK).orElse(sizes.topK()));
    try (Checkpoint model = RandomModel.create(config, WeightType.F32, 1)) {
      return Parameters.of(model, OptionalInt.empty(), OptionalInt.empty());
    }
  }

  private void measure(String name, Parameters parameters, @Nullable TableWriter table)
      throws IOException {
    Config config = parameters.config();
    boolean sparse = config.sparseBlocks() > 0;
    List<String> setting =
        List.of(
            name,
            String.valueOf(threads),
            String.valueOf(config.vocabulary()),
            sparse ? String.valueOf(config.chunkSize()) : "",
            sparse ? String.valueOf(config.topK()) : "",
            String.valueOf(batch));
    List<Integer> missing =
        contexts.stream()
            .distinct()
            .sorted()
            .filter(n -> table == null || !table.has(joined(setting, List.of(String.valueOf(n)))))
            .toList();
    if (missing.isEmpty()) {
      return;
    }
    TrainingOptions options = TrainingOptions.defaults().withThreads(threads);
    double peak;
    try (Workers workers = new Workers(threads)) {
      peak = MachineLimits.measure(options.kernels(), workers).flops();
    }
    try (TrainingBenchmark benchmark = new TrainingBenchmark(parameters, options, peak)) {
      announce(name, config, options, peak, benchmark, missing);
      benchmark.warmUp(batch, warmUp);
      for (int context : missing) {
        Result result = benchmark.measure(context, batch, steps);
        List<String> row = print(result, peak);
        if (table != null) {
          table.append(joined(setting, row));
        }
      }
    }
    bench.main.out.println();
  }

  private static List<String> joined(List<String> first, List<String> rest) {
    List<String> joined = new ArrayList<>(first);
    joined.addAll(rest);
    return joined;
  }

  private void announce(
      String name,
      Config config,
      TrainingOptions options,
      double peak,
      TrainingBenchmark benchmark,
      List<Integer> lengths) {
    double seconds = warmUp;
    for (int context : lengths) {
      seconds += benchmark.expectedSeconds(context, batch, steps, BenchCommand.USUAL_SHARE);
    }
    bench.main.out.printf(
        Locale.ROOT,
        "%s, vocabulary %d, batch %d, %d threads, %s kernels%n"
            + "this machine: %.0f GFLOP/s multiply-add; this takes about %s%n%n"
            + " context  seconds per step   tokens/s  of multiply-add peak     peak memory"
            + "  per token%n",
        name,
        config.vocabulary(),
        batch,
        threads,
        options.kernels().name(),
        peak / 1e9,
        Text.duration(seconds));
    bench.main.out.flush();
  }

  /** Prints a result; gives the fields of its row. */
  private List<String> print(Result result, double peak) {
    bench.main.out.printf(
        Locale.ROOT,
        "%8d  %16.3f  %9.1f  %18.1f %%  %14s  %9s%n",
        result.context(),
        result.seconds(),
        result.tokensPerSecond(),
        100 * result.fraction(),
        Text.bytes(result.peakBytes()),
        Text.bytes(Math.round(result.bytesPerToken())));
    bench.main.out.flush();
    return List.of(
        String.valueOf(result.context()),
        String.valueOf(result.steps()),
        Text.decimal(result.seconds(), 4),
        Text.decimal(result.tokensPerSecond(), 1),
        Text.decimal(1e6 / result.tokensPerSecond(), 2),
        Text.decimal(result.fraction(), 4),
        Text.decimal(peak / 1e9, 1),
        String.valueOf(result.peakBytes()),
        Text.decimal(result.bytesPerToken(), 0));
  }
}
