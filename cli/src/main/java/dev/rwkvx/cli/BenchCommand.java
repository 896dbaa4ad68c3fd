package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.benchmarks.ModelBenchmark;
import dev.rwkvx.benchmarks.ModelBenchmark.Result;
import dev.rwkvx.benchmarks.Shape;
import dev.rwkvx.io.AtomicFile;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.MachineLimits;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.math.Workers;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx bench}: tokens per second, beside what this machine can do at most. */
@Command(
    name = "bench",
    description = "Measure reading and decoding against the limits of this machine.")
final class BenchCommand implements Callable<Integer> {
  private static final int DECODE_STEPS = 48;

  @ParentCommand private Main main;

  @ArgGroup(multiplicity = "1")
  private Subject subject;

  /** What is measured. */
  private static final class Subject {
    @Option(
        names = "--model",
        paramLabel = "FILE",
        description = "A .pth or .safetensors checkpoint.")
    private @Nullable Path model;

    @Option(
        names = "--random",
        paramLabel = "SHAPE",
        description =
            "Random weights: rwkv7-0.1b, rwkvx-0.22b, rwkvx-3.6b, or blocks and embedding size such"
                + " as L4xC256 or L4+1xC256.")
    private @Nullable String random;
  }

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      split = ",",
      description = "Types of random weights: f32, bf16, f16, q8, q4 (default: bf16).")
  private List<WeightType> types = List.of(WeightType.BF16);

  @Option(
      names = "--prefill",
      paramLabel = "N",
      split = ",",
      description = "Prompt lengths to read, such as 512,4K,32K; 0 for none (default: 512,4K).")
  private List<String> prefill = List.of("512", "4K");

  @Option(
      names = "--decode",
      paramLabel = "N",
      split = ",",
      description = "Contexts to decode behind; 0 for none (default: 1K,8K).")
  private List<String> decode = List.of("1K", "8K");

  @Option(
      names = "--batch",
      paramLabel = "N",
      split = ",",
      description = "Sequences decoded side by side (default: 1).")
  private List<Integer> batches = List.of(1);

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      description = "Threads that compute (default: one per processor).")
  private List<Integer> threads = List.of(Runtime.getRuntime().availableProcessors());

  @Option(names = "--csv", paramLabel = "FILE", description = "Write the table as CSV, too.")
  private @Nullable Path csv;

  private final List<String> lines =
      new ArrayList<>(
          List.of(
              "model,type,threads,test,context,batch,tokens_per_second,fraction_of_limit,"
                  + "fma_peak_gflops,bandwidth_gb_per_second"));

  @Override
  public Integer call() throws IOException {
    List<Integer> lengths = prefill.stream().map(n -> tokens("--prefill", n)).toList();
    List<Integer> contexts = decode.stream().map(n -> tokens("--decode", n)).toList();
    batches.forEach(n -> requirePositive("--batch", n));
    threads.forEach(n -> requirePositive("--threads", n));
    for (int count : threads) {
      for (WeightType type : subject.model == null ? types : types.subList(0, 1)) {
        measure(count, type, lengths, contexts);
      }
    }
    if (csv != null) {
      String table = String.join("\n", lines) + "\n";
      AtomicFile.write(csv, table.getBytes(StandardCharsets.UTF_8));
    }
    return 0;
  }

  private void measure(int count, WeightType type, List<Integer> lengths, List<Integer> contexts) {
    ModelOptions options = ModelOptions.defaults().withThreads(count);
    try (RwkvX model = open(type, options)) {
      MachineLimits limits = limits(options.kernels(), count);
      String name = subject.model != null ? subject.model.toString() : subject.random;
      String weights = subject.model != null ? "" : " " + type.name().toLowerCase(Locale.ROOT);
      main.out.printf(
          Locale.ROOT,
          "%s%s, %d threads, %s kernels%n"
              + "this machine: %.0f GFLOP/s multiply-add, %.1f GB/s read%n%n"
              + "test     context  batch   tokens/s  of its limit%n",
          name,
          weights,
          count,
          options.kernels().name(),
          limits.flops() / 1e9,
          limits.bandwidth() / 1e9);
      main.out.flush();
      ModelBenchmark benchmark = new ModelBenchmark(model, limits);
      benchmark.warmUp();
      String key = name + "," + weights.strip() + "," + count;
      for (int length : lengths) {
        if (length > 0) {
          print(key, limits, benchmark.prefill(length, length <= 1024 ? 9 : 3));
        }
      }
      for (int context : contexts) {
        for (int batch : batches) {
          if (context > 0) {
            print(key, limits, benchmark.decode(context, batch, DECODE_STEPS));
          }
        }
      }
      main.out.println();
    }
  }

  private RwkvX open(WeightType type, ModelOptions options) {
    return subject.model != null
        ? RwkvX.open(subject.model, options)
        : RwkvX.open(
            RandomModel.create(Shape.parse(String.valueOf(subject.random)), type, 1), options);
  }

  private static MachineLimits limits(Kernels kernels, int count) {
    try (Workers workers = new Workers(count)) {
      return MachineLimits.measure(kernels, workers);
    }
  }

  private void print(String key, MachineLimits limits, Result result) {
    main.out.printf(
        Locale.ROOT,
        "%-8s %7d  %5d  %9.1f  %5.1f %% of %s%n",
        result.test(),
        result.context(),
        result.batch(),
        result.tokensPerSecond(),
        100 * result.fraction(),
        result.test().equals("prefill") ? "multiply-add peak" : "read bandwidth");
    main.out.flush();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s,%s,%d,%d,%.2f,%.4f,%.1f,%.2f",
            key,
            result.test(),
            result.context(),
            result.batch(),
            result.tokensPerSecond(),
            result.fraction(),
            limits.flops() / 1e9,
            limits.bandwidth() / 1e9));
  }

  /** A number of tokens, with K for 1,024 and M for 1,048,576. */
  private static int tokens(String option, String text) {
    String digits = text.replaceFirst("[kKmM]$", "");
    char last = text.isEmpty() ? ' ' : Character.toUpperCase(text.charAt(text.length() - 1));
    long unit = last == 'K' ? 1 << 10 : last == 'M' ? 1 << 20 : 1;
    if (!digits.matches("\\d{1,9}") || Long.parseLong(digits) * unit > 1 << 28) {
      throw new InputException(
          option + " is '" + text + "'; expected a number of tokens such as 512 or 32K");
    }
    return (int) (Long.parseLong(digits) * unit);
  }

  private static void requirePositive(String option, int value) {
    if (value < 1 || value > 1024) {
      throw new InputException(option + " is " + value + "; expected 1 to 1024");
    }
  }
}
