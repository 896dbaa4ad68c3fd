package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.plots.Chart;
import dev.rwkvx.plots.Chart.Scale;
import dev.rwkvx.plots.Series;
import dev.rwkvx.plots.Table;
import dev.rwkvx.training.run.Recipe;
import dev.rwkvx.training.run.RunConfig;
import dev.rwkvx.training.run.RunConfigFile;
import dev.rwkvx.training.run.RunFolder;
import dev.rwkvx.training.run.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx train}: a run of one of the recipes, in a folder of its own. */
@Command(
    name = "train",
    description =
        "Train a model: from nothing or on (pretrain), its new sparse blocks alone (align), on long"
            + " documents (long), on conversations (sft). Options override the --config file, which"
            + " overrides the defaults of the recipe.")
final class TrainCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;

  @ParentCommand private Main main;

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

  @Mixin private final TrainArguments arguments = new TrainArguments();

  @Override
  public Integer call() throws IOException {
    if (logEvery != null && logEvery < 1) {
      throw new InputException("--log-every is " + logEvery + "; expected 1 or more");
    }
    if (resume && config != null) {
      throw new InputException("--config: a run goes on with its own; expected no --config");
    }
    Path file = resume ? RunFolder.configOf(out) : config;
    RunConfig chosen = new RunConfigFile().read(recipe, file, arguments.values());
    CountDownLatch ended = new CountDownLatch(1);
    try (Progress line = new Progress(main.err)) {
      TrainProgress progress = new TrainProgress(main.out, main.err, line, logEvery);
      try (TrainingRun run =
          resume
              ? TrainingRun.resume(chosen, out, progress)
              : TrainingRun.begin(chosen, out, progress)) {
        return run(run, stopper(run, ended));
      }
    } finally {
      main.out.flush();
      ended.countDown();
    }
  }

  private int run(TrainingRun run, Thread stopper) throws IOException {
    Runtime.getRuntime().addShutdownHook(stopper);
    boolean finished = run.run();
    if (!finished) {
      main.out.printf("saved; 'rwkvx train %s --resume --out %s' goes on%n", recipe.label(), out);
      return INTERRUPTED;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(stopper);
    } catch (IllegalStateException e) {
      // The process is ending already, but the run was faster.
    }
    plot();
    main.out.printf("%s is written%n", run.result());
    return 0;
  }

  /**
   * What Ctrl-C and a polite kill start: asks the run to save, and holds the process until it has
   * ended.
   */
  private static Thread stopper(TrainingRun run, CountDownLatch ended) {
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
    new Chart("", "tokens", "loss (nats per token)", Scale.LINEAR, Scale.LINEAR, lines)
        .write(out.resolve("loss.png"));
  }
}
