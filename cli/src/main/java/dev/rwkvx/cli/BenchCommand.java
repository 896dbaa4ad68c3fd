package dev.rwkvx.cli;

import dev.rwkvx.benchmarks.ModelBenchmark;
import dev.rwkvx.benchmarks.ModelBenchmark.Decode;
import dev.rwkvx.benchmarks.ModelBenchmark.Prefill;
import dev.rwkvx.cli.BenchArguments.Subject;
import dev.rwkvx.model.State;
import dev.rwkvx.plots.Chart;
import dev.rwkvx.plots.Chart.Scale;
import dev.rwkvx.plots.Series;
import dev.rwkvx.plots.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx bench}: tokens per second, beside what this machine can do at most. */
@Command(
    name = "bench",
    description = "Measure reading, decoding and training against the limits of this machine.",
    subcommands = {
      BenchDecodeCommand.class,
      BenchPrefillCommand.class,
      BenchServeCommand.class,
      BenchTrainCommand.class
    })
final class BenchCommand implements Callable<Integer> {
  private static final int DECODE_STEPS = 64;

  /** Share of the peak for the estimate of the time. */
  static final double USUAL_SHARE = 0.6;

  private static final List<String> COLUMNS =
      List.of(
          "test",
          "context",
          "batch",
          "tokens_per_second",
          "median_ms",
          "fraction_of_limit",
          "fma_peak_gflops",
          "bandwidth_gb_per_second");

  @ParentCommand Main main;

  @Mixin private final BenchArguments arguments = new BenchArguments();

  @Option(
      names = "--prefill",
      paramLabel = "N",
      split = ",",
      converter = TokenCount.class,
      description = "Prompt lengths to read; 0 for none (default: 512,4K,32K).")
  private @Nullable List<Integer> lengths;

  @Option(
      names = "--decode",
      paramLabel = "N",
      split = ",",
      converter = TokenCount.class,
      description = "Contexts to decode behind; 0 for none (default: 1K,8K,32K).")
  private @Nullable List<Integer> contexts;

  @Option(
      names = "--batch",
      paramLabel = "N",
      split = ",",
      description = "Sequences decoded side by side (default: 1).")
  private List<Integer> batches = List.of(1);

  @Option(
      names = "--quick",
      description = "Less than a minute: prompts of 512 tokens, decoding behind 1K.")
  private boolean quick;

  @Override
  public Integer call() throws IOException {
    batches.forEach(n -> BenchArguments.requireRange("--batch", n, 1024));
    arguments.measure(main.out, COLUMNS, this::measure);
    Path csv = arguments.csv();
    Path plot = arguments.plot();
    if (csv != null && plot != null) {
      draw(Table.read(csv), plot);
    }
    return 0;
  }

  private List<Integer> lengths() {
    return positive(lengths != null ? lengths : List.of(512, 4 << 10, 32 << 10), 512);
  }

  private List<Integer> contexts() {
    return positive(contexts != null ? contexts : List.of(1 << 10, 8 << 10, 32 << 10), 1 << 10);
  }

  /** In ascending order, so that each context goes on where the one before ended. */
  private List<Integer> positive(List<Integer> counts, int most) {
    return counts.stream().filter(n -> n > 0 && (!quick || n <= most)).distinct().sorted().toList();
  }

  private void measure(Subject subject) throws IOException {
    announce(subject.benchmark());
    main.out.printf("%ntest     context  batch   tokens/s  ms per step  of its limit%n");
    for (int length : lengths()) {
      if (!subject.has("prefill", String.valueOf(length), "1")) {
        print(subject, subject.benchmark().prefill(length));
      }
    }
    try (State state = subject.newState().get()) {
      for (int context : contexts()) {
        for (int batch : batches) {
          if (!subject.has("decode", String.valueOf(context), String.valueOf(batch))) {
            subject.benchmark().read(state, context);
            List<State> states = Stream.generate(state::fork).limit(batch).toList();
            print(subject, subject.benchmark().decode(states, DECODE_STEPS));
            states.forEach(State::close);
          }
        }
      }
    }
  }

  private void announce(ModelBenchmark benchmark) {
    double seconds = 0;
    for (int length : lengths()) {
      seconds += benchmark.expectedPrefillSeconds(length, USUAL_SHARE);
    }
    if (!contexts().isEmpty()) {
      seconds += benchmark.expectedReadSeconds(0, contexts().getLast(), USUAL_SHARE);
    }
    if (seconds > 60) {
      main.out.printf("this takes about %s; --quick takes less%n", Text.duration(seconds));
      main.out.flush();
    }
  }

  private void print(Subject subject, Prefill result) throws IOException {
    print(
        subject,
        "prefill",
        result.length(),
        1,
        result.tokensPerSecond(),
        result.seconds(),
        result.fraction(),
        subject.limits().bandwidth());
  }

  private void print(Subject subject, Decode result) throws IOException {
    print(
        subject,
        "decode",
        result.context(),
        result.batch(),
        result.tokensPerSecond(),
        result.median(),
        result.fraction(),
        result.bandwidth());
  }

  private void print(
      Subject subject,
      String test,
      long context,
      int batch,
      double rate,
      double seconds,
      double fraction,
      double bandwidth)
      throws IOException {
    boolean prefill = test.equals("prefill");
    main.out.printf(
        Locale.ROOT,
        "%-8s %7d  %5d  %9.1f  %11.2f  %5.1f %% of %s%n",
        test,
        context,
        batch,
        rate,
        seconds * 1e3,
        100 * fraction,
        prefill
            ? "multiply-add peak"
            : String.format(Locale.ROOT, "%.1f GB/s read meanwhile", bandwidth / 1e9));
    main.out.flush();
    subject.append(
        Stream.of(
            test,
            context,
            batch,
            Text.decimal(rate, 2),
            Text.decimal(seconds * 1e3, 3),
            Text.decimal(fraction, 4),
            Text.decimal(subject.limits().flops() / 1e9, 1),
            Text.decimal(bandwidth / 1e9, 2)));
  }

  private static void draw(Table table, Path file) throws IOException {
    List<Series> lines = new ArrayList<>(table.seriesBy("test", "context", "tokens_per_second"));
    new Chart("", "context (tokens)", "tokens per second", Scale.LOG, Scale.LOG, lines).write(file);
  }
}
