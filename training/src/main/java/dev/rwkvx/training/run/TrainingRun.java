package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.io.AtomicFile;
import dev.rwkvx.training.AdamW;
import dev.rwkvx.training.Adapters;
import dev.rwkvx.training.InitialStates;
import dev.rwkvx.training.Parameters;
import dev.rwkvx.training.Parameters.Parameter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A training run in its folder: begun, or gone on with, trained to its end or until somebody asks
 * it to stop, saved as often as its configuration says.
 *
 * <p>A run that was interrupted in whatever way and goes on gives the same bits as one that was
 * not. Everything is opened and checked before the first step.
 */
public final class TrainingRun implements AutoCloseable {
  /** What may change when a run goes on: it does not touch the numbers. */
  private static final Set<String> FREE = Set.of("threads", "validation", "checkpoints");

  private final RunConfig config;
  private final String configText;
  private final RunFolder folder;
  private final RunListener listener;
  private final Ingredients parts;
  private final AdamW optimiser;
  private final Checkpoints checkpoints;
  private final String frozen;
  private final long steps;
  private final Trainer trainer;
  private final MetricsFile metrics;
  private final EventFile events;
  private long savedStep;
  private volatile boolean stopping;

  /**
   * Begins a run in a new folder.
   *
   * @throws InputException when something about the configuration, its files or the folder is wrong
   */
  public static TrainingRun begin(RunConfig config, Path path, RunListener listener)
      throws IOException {
    return open(config, path, listener, false);
  }

  /**
   * Goes on with a run from its latest checkpoint, or from the start where there is none.
   *
   * @param config may differ from that of the run in the threads, the validation and the
   *     checkpoints
   * @throws InputException when it differs in anything else, or as in {@link #begin}
   */
  public static TrainingRun resume(RunConfig config, Path path, RunListener listener)
      throws IOException {
    return open(config, path, listener, true);
  }

  private static TrainingRun open(RunConfig config, Path path, RunListener listener, boolean resume)
      throws IOException {
    RunFolder opened = null;
    Ingredients parts = null;
    try {
      // A new folder comes last: it does not stay behind when something else is wrong.
      if (resume) {
        opened = RunFolder.open(path);
      } else {
        RunFolder.requireNew(path);
      }
      parts = Ingredients.of(config);
      long steps = config.budget().steps(config.data(), parts.samples().samples().size());
      RunConfig filled = config.withWarmUp(steps * config.data().tokensPerStep());
      opened = opened == null ? RunFolder.create(path) : opened;
      return new TrainingRun(filled, steps, opened, listener, parts);
    } catch (IOException | RuntimeException | Error e) {
      if (parts != null) {
        parts.close();
      }
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
  }

  private TrainingRun(
      RunConfig config, long steps, RunFolder folder, RunListener listener, Ingredients parts)
      throws IOException {
    this.config = config;
    this.steps = steps;
    this.folder = folder;
    this.listener = listener;
    this.parts = parts;
    configText = new RunConfigFile().text(config);
    optimiser = new AdamW(parts.model(), config.optimiser().options());
    frozen = parts.frozenChecksum();
    checkpoints = new Checkpoints(folder.checkpoints(), config.checkpoints().keep());
    Checkpoints.Progress start = restore();
    AtomicFile.write(folder.config(), configText.getBytes(StandardCharsets.UTF_8));
    trainer =
        new Trainer(
            config,
            parts.model(),
            optimiser,
            parts.samples().samples(),
            parts.validationSamples(),
            config.schedule().schedule(steps * config.data().tokensPerStep()),
            start.step(),
            steps);
    savedStep = start.step();
    metrics = new MetricsFile(folder.metrics(), start.metricsBytes());
    events = new EventFile(folder.events(), start.eventsBytes());
  }

  /**
   * The file that the run leaves at its end: the model, or the adapters or initial states alone
   * when only these learn.
   */
  public Path result() {
    return folder.result(
        config.lora().rank() != null ? "adapters" : config.tuneState() ? "states" : "model");
  }

  /**
   * Trains to the end or until {@link #stop}, and saves.
   *
   * @return whether the end was reached and the model written
   * @throws InputException when the data cannot be read or something cannot be written; earlier
   *     checkpoints stay
   */
  public boolean run() {
    listener.started(plan());
    long lastSave = System.nanoTime();
    while (!trainer.finished() && !stopping) {
      StepMetrics step = trainer.next();
      metrics.add(step);
      events.add(step);
      listener.step(step);
      if (saveIsDue(lastSave)) {
        save(config.checkpoints().model());
        lastSave = System.nanoTime();
      }
    }
    if (savedStep < trainer.step()) {
      save(false);
    }
    if (trainer.finished()) {
      writeResult();
    }
    return trainer.finished();
  }

  /** Asks a run to save and end after its current step; from any thread. */
  public void stop() {
    stopping = true;
  }

  @Override
  public void close() {
    events.close();
    metrics.close();
    parts.close();
    folder.close();
  }

  private RunPlan plan() {
    long trained = 0;
    long all = 0;
    for (Parameter parameter : parts.model().parameters().all()) {
      int elements = parameter.values().length;
      all += elements;
      trained += parts.model().gradients().names().contains(parameter.name()) ? elements : 0;
    }
    return new RunPlan(
        trainer.step(),
        steps,
        config.data().tokensPerStep(),
        parts.samples().samples().size(),
        trained,
        all);
  }

  // --- saving --------------------------------------------------------------------------------

  private boolean saveIsDue(long lastSave) {
    Long everySteps = config.checkpoints().everySteps();
    Double everyMinutes = config.checkpoints().everyMinutes();
    return (everySteps != null && trainer.step() % everySteps == 0)
        || (everyMinutes != null && System.nanoTime() - lastSave >= everyMinutes * 60e9);
  }

  private void save(boolean withModel) {
    metrics.force();
    events.force();
    listener.saved(
        checkpoints.save(
            new Checkpoints.Progress(
                trainer.step(),
                optimiser.steps(),
                metrics.length(),
                events.length(),
                frozen,
                configText),
            parts.model().parameters(),
            optimiser));
    savedStep = trainer.step();
    if (withModel) {
      writeResult();
    }
  }

  private void writeResult() {
    Parameters parameters = parts.model().parameters();
    DType type = config.checkpoints().type().type();
    if (config.lora().rank() != null) {
      Adapters.save(parameters, result(), type);
    } else if (config.tuneState()) {
      InitialStates.save(parameters, result());
    } else {
      parameters.save(result(), type);
    }
    listener.saved(result());
  }

  // --- going on ------------------------------------------------------------------------------

  /** Goes back to the latest checkpoint that can be read; to the start where there is none. */
  private Checkpoints.Progress restore() {
    for (Path file : checkpoints.latestFirst()) {
      try (Checkpoint checkpoint = readable(file)) {
        if (checkpoint != null) {
          Checkpoints.Progress progress = Checkpoints.progress(checkpoint);
          checkSame(file, progress);
          Checkpoints.restore(checkpoint, parts.model().parameters(), optimiser);
          return progress;
        }
      }
    }
    return new Checkpoints.Progress(0, 0, 0, 0, frozen, configText);
  }

  private @Nullable Checkpoint readable(Path file) {
    try {
      return Checkpoint.open(file);
    } catch (InputException damaged) {
      Path aside = checkpoints.setAside(file);
      listener.warning(
          "%s; it is now %s, and the checkpoint before it is used"
              .formatted(damaged.getMessage(), aside));
      return null;
    }
  }

  private void checkSame(Path file, Checkpoints.Progress progress) {
    RunConfigFile files = new RunConfigFile();
    RunConfig before = files.parse(progress.config(), file.toString());
    files
        .difference(config, before, FREE)
        .ifPresent(difference -> {
          throw new InputException(
              "%s cannot go on with other options: %s".formatted(folder.path(), difference));
        });
    if (!progress.frozen().equals(frozen)) {
      throw new InputException(
          "%s cannot go on: the frozen tensors of %s are not those that the run began with"
              .formatted(folder.path(), parts.model().parameters().source()));
    }
  }
}
