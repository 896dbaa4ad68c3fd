package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import dev.rwkvx.UnreadableException;
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
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
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
  private @Nullable StepMetrics last;
  private long savedStep;
  private long lastSave;
  private boolean saveIsDue;
  private boolean pruneIsDue;

  /**
   * Restores the parameters and the optimiser from the latest checkpoint, where there is one.
   *
   * @param folder which is closed with this
   * @throws InputException when the run was begun with other options or frozen tensors, or the
   *     latest checkpoint cannot be read though it may be whole
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
    if (start.step() > 0 && RunFolder.isLost(folder.config())) {
      listener.warning(
          folder.config() + " was lost; it is written anew from the latest checkpoint");
    }
    AtomicFile.write(folder.config(), configText.getBytes(StandardCharsets.UTF_8));
    savedStep = start.step();
    lastSave = System.nanoTime();
    metrics = new MetricsFile(folder.metrics(), start.metricsBytes(), listener::warning);
    events = new EventFile(folder.events(), start.eventsBytes(), listener::warning);
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
    last = step;
    // The weights of the latest checkpoint have proved good: those before it are not needed.
    if (pruneIsDue && !step.skipped()) {
      prune();
    }
  }

  /**
   * Saves if that is due after a step, but not while steps are skipped: a run that diverges keeps
   * the checkpoints of its better days.
   */
  void saveInTime(long step) {
    Long everySteps = config.checkpoints().everySteps();
    Double everyMinutes = config.checkpoints().everyMinutes();
    saveIsDue |=
        (everySteps != null && step % everySteps == 0)
            || (everyMinutes != null && System.nanoTime() - lastSave >= everyMinutes * 60e9);
    if (saveIsDue && !isSkipping()) {
      save(step);
      if (config.checkpoints().model()) {
        writeResult();
      }
      lastSave = System.nanoTime();
      saveIsDue = false;
    }
  }

  /**
   * Saves what is not saved yet.
   *
   * @param finished whether what was learnt is written too
   * @throws InputException when the run has diverged
   */
  void end(long step, boolean finished) {
    if (isSkipping() && !finished) {
      listener.warning(
          "step %d is not saved, because it was skipped; the run goes on from step %d"
              .formatted(step, savedStep));
      return;
    }
    StepMetrics end = last;
    if (end != null && end.skipped() && !Double.isFinite(end.loss())) {
      throw Divergence.after(step, "the loss is " + end.loss());
    }
    if (savedStep < step) {
      save(step);
    }
    prune();
    if (finished) {
      writeResult();
    }
  }

  private boolean isSkipping() {
    return last != null && last.skipped();
  }

  @Override
  public void close() {
    events.close();
    metrics.close();
    folder.close();
  }

  /** The checkpoints before stay until a step has shown that its weights can be used. */
  private void save(long step) {
    Divergence.check(step, parameters, optimiser.moments()::containsKey, DType.F32);
    metrics.force();
    events.force();
    listener.saved(
        checkpoints.save(
            new Progress(
                step, optimiser.steps(), metrics.length(), events.length(), frozen, configText),
            parameters,
            optimiser));
    savedStep = step;
    pruneIsDue = true;
  }

  private void prune() {
    checkpoints.prune();
    pruneIsDue = false;
  }

  private void writeResult() {
    DType type = config.checkpoints().type().type();
    Divergence.check(savedStep, parameters, written(), type);
    if (config.lora().rank() != null) {
      Adapters.save(parameters, result(), type);
    } else if (config.tuneState()) {
      InitialStates.save(parameters, result());
    } else {
      parameters.save(result(), type);
    }
    listener.saved(result());
  }

  /** The names of the tensors that are the result. */
  private Predicate<String> written() {
    if (config.lora().rank() != null) {
      return Adapters::isAdapter;
    }
    return config.tuneState() ? InitialStates::isState : _ -> true;
  }

  // --- going on ------------------------------------------------------------------------------

  /** Goes back to the latest checkpoint that is whole; to the start where there is none. */
  private Progress restore() {
    List<Path> files = checkpoints.latestFirst();
    for (Path file : files) {
      try (Checkpoint checkpoint = whole(file, file.equals(files.getLast()))) {
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

  /** Null where a checkpoint is damaged; it gets another name then. */
  private @Nullable Checkpoint whole(Path file, boolean oldest) {
    try {
      return Checkpoints.open(file);
    } catch (UnreadableException e) {
      throw e;
    } catch (InputException damaged) {
      Path aside = checkpoints.setAside(file);
      listener.warning(
          "%s; it is now %s, and %s"
              .formatted(
                  damaged.getMessage(),
                  aside,
                  oldest
                      ? "the run begins anew, as no other is left"
                      : "the checkpoint before it is used"));
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
