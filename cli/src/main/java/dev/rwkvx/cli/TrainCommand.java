package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.plots.Chart;
import dev.rwkvx.plots.Chart.Scale;
import dev.rwkvx.plots.Series;
import dev.rwkvx.plots.Table;
import dev.rwkvx.training.mpi.MpiTransport;
import dev.rwkvx.training.ranks.Ranks;
import dev.rwkvx.training.run.Recipe;
import dev.rwkvx.training.run.RunConfig;
import dev.rwkvx.training.run.RunConfigFile;
import dev.rwkvx.training.run.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code rwkvx train}: a run of one of the recipes, in a folder of its own. */
@Command(
    name = "train",
    description =
        "Train a model: from nothing or on (pretrain), its new sparse blocks alone (align), on long"
            + " documents (long), on conversations (sft). Options override the --config file, which"
            + " overrides the defaults of the recipe.")
final class TrainCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;

  /**
   * How long a rank leaves the one before it alone with what both may say: mpirun ends it by then.
   */
  private static final long PAUSE_NANOS = 2_500_000_000L;

  private static final int MOST_PAUSES = 5;

  /** How processes train together. */
  private enum Distributed {
    MPI
  }

  private final CountDownLatch ended = new CountDownLatch(1);

  @ParentCommand private Main main;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RECIPE", description = "pretrain, align, long or sft.")
  private Recipe recipe;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      required = true,
      description = "Takes config.toml, metrics.csv, checkpoints and model.safetensors.")
  private Path out;

  @Option(
      names = "--resume",
      description = "Go on with the run in the folder from its latest checkpoint.")
  private boolean resume;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Options in TOML, such as the config.toml of another run.")
  private @Nullable Path config;

  @Option(
      names = "--log-every",
      paramLabel = "STEPS",
      description =
          "Print a line every so many steps (default: every 30 seconds without a terminal).")
  private @Nullable Long logEvery;

  @Option(
      names = "--distributed",
      paramLabel = "HOW",
      description =
          "Train with other processes: mpi, all those that mpirun started (see"
              + " docs/distributed.md).")
  private @Nullable Distributed distributed;

  @Mixin private final TrainArguments arguments = new TrainArguments();

  @Override
  public Integer call() throws IOException {
    if (logEvery != null && logEvery < 1) {
      throw new InputException("--log-every is " + logEvery + "; expected 1 or more");
    }
    if (resume && config != null) {
      throw new InputException("--config: a run goes on with its own; expected no --config");
    }
    try {
      return distributed == null ? train(Ranks.alone()) : trainWithOthers(MpiTransport.start());
    } finally {
      main.out.flush();
      ended.countDown();
    }
  }

  private int trainWithOthers(MpiTransport mpi) throws IOException {
    try {
      int exitCode = train(new Ranks(mpi));
      mpi.close();
      return exitCode;
    } catch (IOException | RuntimeException | Error failure) {
      if (mpi.size() == 1) {
        throw failure;
      }
      // Most failures come to all ranks alike: the first one says it, and ends the others.
      LockSupport.parkNanos(Math.min(mpi.rank(), MOST_PAUSES) * PAUSE_NANOS);
      mpi.abort(new Failures(main.err).report(spec.commandLine(), failure));
      throw failure;
    }
  }

  private int train(Ranks ranks) throws IOException {
    RunConfigFile files = new RunConfigFile();
    RunConfig chosen =
        resume
            ? files.resume(recipe, out, arguments.values())
            : files.read(recipe, config, arguments.values());
    try (Progress line = new Progress(main.err)) {
      TrainProgress progress = new TrainProgress(main.out, main.err, line, logEvery);
      if (ranks.isFirst()) {
        warnOfBinding(chosen, progress);
      }
      try (TrainingRun run =
          resume
              ? TrainingRun.resume(chosen, out, ranks, progress)
              : TrainingRun.begin(chosen, out, ranks, progress)) {
        return run(run);
      }
    }
  }

  /** mpirun ties a process to one core where nobody tells it not to. */
  private void warnOfBinding(RunConfig chosen, TrainProgress progress) {
    int processors = Runtime.getRuntime().availableProcessors();
    Integer threads = chosen.threads();
    if (distributed != null && threads != null && threads > processors) {
      progress.warning(
          ("%d threads share %d of the processors, which is all that this rank may use; mpirun ties"
                  + " no rank with --bind-to none")
              .formatted(threads, processors));
    }
  }

  private int run(TrainingRun run) throws IOException {
    Thread stopper = stopper(run);
    Runtime.getRuntime().addShutdownHook(stopper);
    if (distributed != null) {
      // mpirun hands this signal on, and waits; where it ends itself it gives the ranks a second.
      Signals.register("USR1", run::stop);
    }
    boolean finished = run.run();
    Path result = run.result();
    if (!finished) {
      if (result != null) {
        main.out.printf("saved; 'rwkvx train %s --resume --out %s' goes on%n", recipe.label(), out);
      }
      return INTERRUPTED;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(stopper);
    } catch (IllegalStateException e) {
      // The process is ending already, but the run was faster.
    }
    if (result != null) {
      plot();
      main.out.printf("%s is written%n", result);
    }
    return 0;
  }

  /**
   * What Ctrl-C and a polite kill start: asks the run to save, and holds the process until it has
   * ended.
   */
  private Thread stopper(TrainingRun run) {
    return new Thread(() -> {
      run.stop();
      try {
        ended.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
  }

  private void plot() throws IOException {
    Table metrics = Table.read(out.resolve("metrics.csv"));
    List<Series> lines =
        List.of(
            metrics.series("training", "tokens", "loss"),
            metrics.series("validation", "tokens", "validation_loss"));
    // Where the metrics are lost there is nothing to see, and the model is what was wanted.
    if (lines.stream().allMatch(line -> line.x().length == 0)) {
      return;
    }
    new Chart("", "tokens", "loss (nats per token)", Scale.LINEAR, Scale.LINEAR, lines)
        .write(out.resolve("loss.png"));
  }
}
