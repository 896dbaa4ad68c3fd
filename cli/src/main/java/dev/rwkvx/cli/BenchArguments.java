package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.benchmarks.Bandwidth;
import dev.rwkvx.benchmarks.ModelBenchmark;
import dev.rwkvx.benchmarks.Shape;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.MachineLimits;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.math.Workers;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.plots.Picture;
import dev.rwkvx.plots.TableWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is measured, how it runs, and where the results go: shared by all measurements. */
final class BenchArguments {
  private static final String ALL = "all";

  /** The first columns of every table: which model ran how. */
  private static final List<String> SETTING =
      List.of("model", "type", "threads", "top_k", "kv_cache");

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "A .pth, .safetensors or .gguf checkpoint to measure.")
  private @Nullable Path file;

  @Option(
      names = "--random",
      paramLabel = "SHAPE",
      description = "Measure random weights instead. " + Shape.DESCRIPTION)
  private @Nullable String random;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      split = ",",
      description = "Types of random weights: f32, bf16, f16, q8, q4 (default: bf16).")
  private List<WeightType> types = List.of(WeightType.BF16);

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      description = "Threads that compute (default: one per processor).")
  private List<Integer> threads = List.of(Runtime.getRuntime().availableProcessors());

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description =
          "Chunks that a token attends to; 'all' is full attention (default: as the model says).")
  private @Nullable String topK;

  @Mixin private final CacheArguments cache = new CacheArguments();

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "4",
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

  /** One setting of a model, ready to be measured. */
  record Subject(
      List<String> setting,
      RwkvX model,
      Supplier<State> newState,
      MachineLimits limits,
      ModelBenchmark benchmark,
      @Nullable TableWriter table) {

    /** Whether the table has this setting's row that begins with {@code key}. */
    boolean has(String... key) {
      return table != null && table.has(joined(setting, key));
    }

    void append(Stream<Object> fields) throws IOException {
      if (table != null) {
        table.append(joined(setting, fields.map(String::valueOf).toArray(String[]::new)));
      }
    }

    private static List<String> joined(List<String> setting, String... fields) {
      List<String> joined = new ArrayList<>(setting);
      joined.addAll(List.of(fields));
      return joined;
    }
  }

  /** Measures one setting. */
  @FunctionalInterface
  interface Measurement {
    void run(Subject subject) throws IOException;
  }

  /**
   * Opens the model in each type and with each number of threads, and measures it.
   *
   * @param columns of the table behind those of the setting
   * @throws InputException when an option is out of its range or a file cannot be used
   */
  void measure(PrintStream out, List<String> columns, Measurement measurement) throws IOException {
    check();
    try (TableWriter table = csv == null ? null : TableWriter.open(csv, allColumns(columns))) {
      for (int count : threads) {
        for (WeightType type : file == null ? types : types.subList(0, 1)) {
          measure(out, count, type, table, measurement);
        }
      }
    }
  }

  private void measure(
      PrintStream out,
      int count,
      WeightType type,
      @Nullable TableWriter table,
      Measurement measurement)
      throws IOException {
    ModelOptions options = options().withThreads(count);
    try (RwkvX model = open(type, options);
        Bandwidth bandwidth = new Bandwidth(options.kernels(), count)) {
      MachineLimits limits = limits(options.kernels(), count);
      Supplier<State> newState = () -> model.newState(cache.options());
      ModelBenchmark benchmark = new ModelBenchmark(model, newState, limits.flops(), bandwidth);
      List<String> setting =
          List.of(
              file != null ? file.toString() : String.valueOf(random),
              file != null ? "" : type.name().toLowerCase(Locale.ROOT),
              String.valueOf(count),
              topK(model),
              model.config().sparseBlocks() == 0 ? "" : cache.name());
      out.printf(
          Locale.ROOT,
          "%s, %d threads, %s kernels%n"
              + "this machine: %.0f GFLOP/s multiply-add, %.1f GB/s read%n",
          String.join(" ", setting.subList(0, 2)).strip(),
          count,
          options.kernels().name(),
          limits.flops() / 1e9,
          limits.bandwidth() / 1e9);
      out.flush();
      benchmark.warmUp(warmUp);
      measurement.run(new Subject(setting, model, newState, limits, benchmark, table));
      out.println();
    }
  }

  /** What the rows of plain RWKV-7 and of full attention say instead of a number. */
  private static String topK(RwkvX model) {
    if (model.config().sparseBlocks() == 0) {
      return "";
    }
    int chunks = model.config().topK();
    return chunks == Integer.MAX_VALUE ? ALL : String.valueOf(chunks);
  }

  private void check() {
    if ((file == null) == (random == null)) {
      throw new InputException("expected one of --model FILE and --random SHAPE");
    }
    cache.options();
    threads.forEach(n -> requireRange("--threads", n, 1024));
    if (plot != null) {
      Picture.requireName(plot);
      if (csv == null) {
        throw new InputException("--plot draws the rows of a CSV file: --csv FILE is missing");
      }
    }
  }

  /**
   * @throws InputException when a value does not lie in 1 … most
   */
  static void requireRange(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw new InputException(option + " is " + value + "; expected 1 to " + most);
    }
  }

  private ModelOptions options() {
    ModelOptions options = ModelOptions.defaults();
    if (topK == null) {
      return options;
    }
    if (topK.equalsIgnoreCase(ALL)) {
      return options.withTopK(Integer.MAX_VALUE);
    }
    if (!topK.matches("[1-9]\\d{0,8}")) {
      throw new InputException("--top-k is '" + topK + "'; expected 1 or more, or 'all'");
    }
    return options.withTopK(Integer.parseInt(topK));
  }

  private RwkvX open(WeightType type, ModelOptions options) {
    return file != null
        ? RwkvX.open(file, options)
        : RwkvX.open(RandomModel.create(Shape.parse(String.valueOf(random)), type, 1), options);
  }

  private static MachineLimits limits(Kernels kernels, int count) {
    try (Workers workers = new Workers(count)) {
      return MachineLimits.measure(kernels, workers);
    }
  }

  private static List<String> allColumns(List<String> columns) {
    List<String> all = new ArrayList<>(SETTING);
    all.addAll(columns);
    return all;
  }

  /** The file to draw the rows of {@link #csv} to, if the user wants a picture. */
  @Nullable Path plot() {
    return plot;
  }

  /** The file of the rows, if the user wants one. */
  @Nullable Path csv() {
    return csv;
  }
}
