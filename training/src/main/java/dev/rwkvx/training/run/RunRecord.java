package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.io.AtomicFile;
import dev.rwkvx.training.AdamW;
import dev.rwkvx.training.Adapters;
import dev.rwkvx.training.InitialStates;
import dev.rwkvx.training.Parameters;
import dev.rwkvx.training.run.Checkpoints.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a run leaves in its folder: options, metrics, checkpoints and what was learnt. */
final class RunRecord implements AutoCloseable {
  /** What may change when a run goes on: it does not touch the numbers. */
  private static final Set<String> FREE =
      Set.of("threads", "check_every", "validation", "checkpoints");

  private final RunConfig config;
  private final String configText;
  private final RunFolder folder;
  private final RunListener listener;
  private final Parameters parameters;
  private final AdamW optimiser;
  private final Checkpoints checkpoints;
  private final String frozen;
  private final MetricsFile metrics;
  private final EventFile events;
  private long savedStep;
  private long lastSave;

  /**
   * Restores the parameters and the optimiser from the latest checkpoint, where there is one.
   *
   * @param folder which is closed with this
   * @throws InputException when the run was begun with other options or frozen tensors
   */
  RunRecord(
      RunConfig config, RunFolder folder, RunListener listener, Ingredients parts, AdamW optimiser)
      throws IOException {
    this.config = config;
    this.folder = folder;
    this.listener = listener;
    this.optimiser = optimiser;
    parameters = parts.model().parameters();
    configText = new RunConfigFile().text(config);
    frozen = Long.toHexString(parts.frozenChecksum());
    checkpoints = new Checkpoints(folder.checkpoints(), config.checkpoints().keep());
    Progress start = restore();
    AtomicFile.write(folder.config(), configText.getBytes(StandardCharsets.UTF_8));
    savedStep = start.step();
    lastSave = System.nanoTime();
    metrics = new MetricsFile(folder.metrics(), start.metricsBytes());
    events = new EventFile(folder.events(), start.eventsBytes());
  }

  /** The step of the latest checkpoint. */
  long savedStep() {
    return savedStep;
  }

  /** Where what was learnt will be. */
  Path result() {
    return folder.result(
        config.lora().rank() != null ? "adapters" : config.tuneState() ? "states" : "model");
  }

  void add(StepMetrics step) {
    metrics.add(step);
    events.add(step);
  }

  /** Saves if that is due after a step. */
  void saveInTime(long step) {
    Long everySteps = config.checkpoints().everySteps();
    Double everyMinutes = config.checkpoints().everyMinutes();
    if ((everySteps != null && step % everySteps == 0)
        || (everyMinutes != null && System.nanoTime() - lastSave >= everyMinutes * 60e9)) {
      save(step);
      if (config.checkpoints().model()) {
        writeResult();
      }
      lastSave = System.nanoTime();
    }
  }

  /**
   * Saves what is not saved yet.
   *
   * @param finished whether what was learnt is written too
   */
  void end(long step, boolean finished) {
    if (savedStep < step) {
      save(step);
    }
    if (finished) {
      writeResult();
    }
  }

  @Override
  public void close() {
    events.close();
    metrics.close();
    folder.close();
  }

  private void save(long step) {
    metrics.force();
    events.force();
    listener.saved(
        checkpoints.save(
            new Progress(
                step, optimiser.steps(), metrics.length(), events.length(), frozen, configText),
            parameters,
            optimiser));
    savedStep = step;
  }

  private void writeResult() {
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
  private Progress restore() {
    for (Path file : checkpoints.latestFirst()) {
      try (Checkpoint checkpoint = readable(file)) {
        if (checkpoint != null) {
          Progress progress = Checkpoints.progress(checkpoint);
          checkSame(file, progress);
          Checkpoints.restore(checkpoint, parameters, optimiser);
          return progress;
        }
      }
    }
    return new Progress(0, 0, 0, 0, frozen, configText);
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

  private void checkSame(Path file, Progress progress) {
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
              .formatted(folder.path(), parameters.source()));
    }
  }
}
