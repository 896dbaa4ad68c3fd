package dev.rwkvx.cli;

import dev.rwkvx.benchmarks.ModelBenchmark;
import dev.rwkvx.benchmarks.ModelBenchmark.Prefill;
import dev.rwkvx.benchmarks.ProcessMemory;
import dev.rwkvx.cli.BenchArguments.Subject;
import dev.rwkvx.plots.Chart;
import dev.rwkvx.plots.Chart.Scale;
import dev.rwkvx.plots.Series;
import dev.rwkvx.plots.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx bench prefill}: how long it takes to read longer and longer prompts. */
@Command(
    name = "prefill",
    description = "Measure the time to read prompts, longer and longer, up to their first token.")
final class BenchPrefillCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of(
          "length",
          "repetitions",
          "seconds",
          "tokens_per_second",
          "fraction_of_peak",
          "fma_peak_gflops",
          "resident_bytes",
          "anonymous_bytes",
          "cache_bytes");

  @ParentCommand private BenchCommand bench;

  @Mixin private final BenchArguments arguments = new BenchArguments();

  @Option(
      names = "--lengths",
      paramLabel = "N",
      split = ",",
      converter = TokenCount.class,
      description = "Tokens of the prompts (default: 1K,2K,4K,8K,16K,32K).")
  private List<Integer> lengths = List.of(1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10);

  @Override
  public Integer call() throws IOException {
    lengths.forEach(n -> BenchArguments.requireRange("--lengths", n, 1 << 28));
    arguments.measure(bench.main.out, COLUMNS, this::measure);
    Path csv = arguments.csv();
    Path plot = arguments.plot();
    if (csv != null && plot != null) {
      new Chart(
              "",
              "prompt (tokens)",
              "time to the first token (s)",
              Scale.LOG,
              Scale.LOG,
              Table.read(csv).seriesBy("top_k", "length", "seconds").stream()
                  .map(line -> new Series("top-k " + line.name(), line.x(), line.y()))
                  .toList())
          .write(plot);
    }
    return 0;
  }

  private void measure(Subject subject) throws IOException {
    ModelBenchmark benchmark = subject.benchmark();
    List<Integer> missing =
        lengths.stream()
            .distinct()
            .sorted()
            .filter(length -> !subject.has(String.valueOf(length)))
            .toList();
    double seconds =
        missing.stream()
            .mapToDouble(n -> benchmark.expectedPrefillSeconds(n, BenchCommand.USUAL_SHARE))
            .sum();
    bench.main.out.printf(
        "this takes about %s%n%n"
            + "  length     seconds   tokens/s  of multiply-add peak     resident        cache%n",
        Text.duration(seconds));
    bench.main.out.flush();
    for (int length : missing) {
      print(subject, benchmark.prefill(length));
    }
  }

  private void print(Subject subject, Prefill result) throws IOException {
    ProcessMemory memory = ProcessMemory.now();
    bench.main.out.printf(
        Locale.ROOT,
        "%8d  %10.3f  %9.1f  %18.1f %%  %11s  %11s%n",
        result.length(),
        result.seconds(),
        result.tokensPerSecond(),
        100 * result.fraction(),
        Text.bytes(memory.resident()),
        Text.bytes(result.cacheBytes()));
    bench.main.out.flush();
    subject.append(
        Stream.of(
            result.length(),
            result.repetitions(),
            Text.decimal(result.seconds(), 4),
            Text.decimal(result.tokensPerSecond(), 1),
            Text.decimal(result.fraction(), 4),
            Text.decimal(subject.limits().flops() / 1e9, 1),
            memory.resident(),
            memory.anonymous(),
            result.cacheBytes()));
  }
}
