package dev.rwkvx.cli;

import dev.rwkvx.benchmarks.ModelBenchmark.Decode;
import dev.rwkvx.benchmarks.ProcessMemory;
import dev.rwkvx.cli.BenchArguments.Subject;
import dev.rwkvx.model.State;
import dev.rwkvx.plots.Chart;
import dev.rwkvx.plots.Chart.Scale;
import dev.rwkvx.plots.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx bench decode}: what a token costs behind longer and longer contexts. */
@Command(
    name = "decode",
    description = {
      "Measure time per token and memory behind longer and longer contexts.",
      "One sequence is read in pieces and, at each context, goes on token by token."
    })
final class BenchDecodeCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of(
          "context",
          "prefill_tokens_per_second",
          "steps",
          "median_ms",
          "p99_ms",
          "fraction_of_bandwidth",
          "bandwidth_gb_per_second",
          "resident_bytes",
          "anonymous_bytes",
          "state_bytes",
          "cache_bytes");

  @ParentCommand private BenchCommand bench;

  @Mixin private final BenchArguments arguments = new BenchArguments();

  @Option(
      names = "--contexts",
      paramLabel = "N",
      split = ",",
      converter = TokenCount.class,
      description = "Tokens before the decoded ones (default: 1K,4K,16K,64K).")
  private List<Integer> contexts = List.of(1 << 10, 4 << 10, 16 << 10, 64 << 10);

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "256",
      converter = TokenCount.class,
      description = "Timed tokens at each context, 8 or more (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--last-steps",
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Timed tokens at the last context (default: as at the others).")
  private @Nullable Integer lastSteps;

  @Override
  public Integer call() throws IOException {
    contexts.forEach(n -> BenchArguments.requireRange("--contexts", n, 1 << 28));
    BenchArguments.requireRange("--steps", steps, 1 << 24);
    if (lastSteps != null) {
      BenchArguments.requireRange("--last-steps", lastSteps, 1 << 24);
    }
    arguments.measure(bench.main.out, COLUMNS, this::measure);
    Path csv = arguments.csv();
    Path plot = arguments.plot();
    if (csv != null && plot != null) {
      Table table = Table.read(csv);
      new Chart(
              "",
              "context (tokens)",
              "time per token (ms)",
              Scale.LOG,
              Scale.LINEAR,
              List.of(
                  table.series("median", "context", "median_ms"),
                  table.series("99th percentile", "context", "p99_ms")))
          .write(plot);
    }
    return 0;
  }

  private void measure(Subject subject) throws IOException {
    List<Integer> missing =
        contexts.stream()
            .distinct()
            .sorted()
            .filter(context -> !subject.has(String.valueOf(context)))
            .toList();
    if (missing.isEmpty()) {
      return;
    }
    double seconds =
        subject.benchmark().expectedReadSeconds(0, missing.getLast(), BenchCommand.USUAL_SHARE);
    bench.main.out.printf(
        "reading to the last context takes about %s%n%n context  prefill tokens/s  ms per token  "
            + " 99 %%  of GB/s     resident        cache%n",
        Text.duration(seconds));
    bench.main.out.flush();
    try (State state = subject.newState().get()) {
      for (int context : missing) {
        // The tokens that were decoded are part of the context, so that a stretch may be nothing.
        double rate = subject.benchmark().read(state, context);
        int count = lastSteps != null && context == missing.getLast() ? lastSteps : steps;
        print(subject, context, rate, state, subject.benchmark().decode(List.of(state), count));
      }
    }
  }

  private void print(Subject subject, int context, double rate, State state, Decode result)
      throws IOException {
    ProcessMemory memory = ProcessMemory.now();
    bench.main.out.printf(
        Locale.ROOT,
        "%8d  %16.1f  %12.2f  %5.2f  %3.0f %% of %4.1f  %11s  %11s%n",
        context,
        rate,
        result.median() * 1e3,
        result.p99() * 1e3,
        100 * result.fraction(),
        result.bandwidth() / 1e9,
        Text.bytes(memory.resident()),
        Text.bytes(state.cacheBytes()));
    bench.main.out.flush();
    subject.append(
        Stream.of(
            context,
            Text.decimal(rate, 1),
            result.steps(),
            Text.decimal(result.median() * 1e3, 4),
            Text.decimal(result.p99() * 1e3, 4),
            Text.decimal(result.fraction(), 4),
            Text.decimal(result.bandwidth() / 1e9, 2),
            memory.resident(),
            memory.anonymous(),
            state.bytes(),
            state.cacheBytes()));
  }
}
