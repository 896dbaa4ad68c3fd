package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import dev.rwkvx.training.AdamW;
import dev.rwkvx.training.Parameters;
import dev.rwkvx.training.Parameters.Parameter;
import dev.rwkvx.training.ranks.Ranks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A training run in its folder: begun, or gone on with, trained to its end or until somebody asks
 * it to stop, saved as often as its configuration says.
 *
 * <p>A run that was interrupted in whatever way and goes on gives the same bits as one that was
 * not. Everything is opened and checked before the first step.
 *
 * <p>Of several ranks, rank 0 alone has the folder and is heard by its listener; what it restores,
 * the others get from it.
 */
public final class TrainingRun implements AutoCloseable {
  private final RunConfig config;
  private final Ranks ranks;
  private final RunListener listener;
  private final Ingredients parts;
  private final AdamW optimiser;
  private final @Nullable RunRecord record;
  private final long steps;
  private final Trainer trainer;
  private volatile boolean stopping;

  /**
   * As {@link #begin(RunConfig, Path, Ranks, RunListener)} in a process that trains alone.
   *
   * @param config all options
   * @param path of the run's folder
   * @param listener hears how the run goes
   * @return the run, to be closed by the caller
   * @throws IOException when the folder cannot be written
   */
  public static TrainingRun begin(RunConfig config, Path path, RunListener listener)
      throws IOException {
    return begin(config, path, Ranks.alone(), listener);
  }

  /**
   * Begins a run in a new folder.
   *
   * @param config the same on all ranks, as are the files that it names
   * @param path of the run's folder
   * @param ranks the processes that train together
   * @param listener hears how the run goes
   * @return the run, to be closed by the caller
   * @throws InputException when something about the configuration, its files or the folder is wrong
   * @throws IOException when the folder cannot be written
   */
  public static TrainingRun begin(RunConfig config, Path path, Ranks ranks, RunListener listener)
      throws IOException {
    return open(config, path, ranks, listener, false);
  }

  /**
   * As {@link #resume(RunConfig, Path, Ranks, RunListener)} in a process that trains alone.
   *
   * @param config all options
   * @param path of the run's folder
   * @param listener hears how the run goes
   * @return the run, to be closed by the caller
   * @throws IOException when the folder cannot be read or written
   */
  public static TrainingRun resume(RunConfig config, Path path, RunListener listener)
      throws IOException {
    return resume(config, path, Ranks.alone(), listener);
  }

  /**
   * Goes on with a run from its latest checkpoint, or from the start where there is none.
   *
   * @param config may differ from that of the run in the threads, the validation, the checkpoints
   *     and the checks of weights
   * @param path of the run's folder
   * @param ranks as many as before
   * @param listener hears how the run goes
   * @return the run, to be closed by the caller
   * @throws InputException when it differs in anything else, or as in {@link #begin}
   * @throws IOException when the folder cannot be read or written
   */
  public static TrainingRun resume(RunConfig config, Path path, Ranks ranks, RunListener listener)
      throws IOException {
    return open(config, path, ranks, listener, true);
  }

  private static TrainingRun open(
      RunConfig config, Path path, Ranks ranks, RunListener listener, boolean resume)
      throws IOException {
    RunFolder opened = null;
    Ingredients parts = null;
    try {
      // A new folder comes last: it does not stay behind when something else is wrong.
      if (ranks.isFirst() && resume) {
        opened = RunFolder.open(path);
      } else if (ranks.isFirst()) {
        RunFolder.requireNew(path);
      }
      RunConfig shared = config.withRanks(ranks.size());
      parts = Ingredients.of(shared, ranks.neighbours());
      long steps = shared.budget().steps(shared.data(), parts.samples().samples().size());
      RunConfig filled = shared.withWarmUp(steps * shared.data().tokensPerStep());
      checkAlike(filled, parts, ranks);
      if (ranks.isFirst() && opened == null) {
        opened = RunFolder.create(path);
      }
      return new TrainingRun(filled, steps, ranks, opened, listener, parts);
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
      RunConfig config,
      long steps,
      Ranks ranks,
      @Nullable RunFolder folder,
      RunListener listener,
      Ingredients parts)
      throws IOException {
    this.config = config;
    this.steps = steps;
    this.ranks = ranks;
    this.listener = ranks.isFirst() ? listener : new RunListener() {};
    this.parts = parts;
    optimiser = new AdamW(parts.model(), config.optimiser().options());
    record = folder == null ? null : new RunRecord(config, folder, this.listener, parts, optimiser);
    config.doubt().ifPresent(this.listener::warning);
    long start = share(record == null ? 0 : record.savedStep());
    trainer =
        new Trainer(
            config,
            ranks,
            parts.model(),
            optimiser,
            parts.samples().samples(),
            parts.validationSamples(),
            config.schedule().schedule(steps * config.data().tokensPerStep()),
            start,
            steps);
  }

  /**
   * {@return the file that the run leaves at its end: the model, or the adapters or initial states
   * alone when only these learn} Null on all ranks but the first.
   */
  public @Nullable Path result() {
    return record == null ? null : record.result();
  }

  /** What learns, and what does not. */
  Parameters parameters() {
    return parts.model().parameters();
  }

  /**
   * Trains to the end or until {@link #stop} on one of the ranks, and saves.
   *
   * @return whether the end was reached and the model written
   * @throws InputException when the data cannot be read or something cannot be written; earlier
   *     checkpoints stay
   * @throws java.io.UncheckedIOException when the ranks do not have the same weights any more
   */
  public boolean run() {
    listener.started(plan());
    while (!trainer.finished() && !ranks.any(stopping)) {
      StepMetrics step = nextOrSave();
      if (record != null) {
        record.add(step);
      }
      listener.step(step);
      if (record != null) {
        record.saveInTime(step.step());
      }
    }
    if (record != null) {
      record.end(trainer.step(), trainer.finished());
    }
    return trainer.finished();
  }

  /**
   * The next step. A token stream that is cut short under a run is a fault of memory, before
   * anything has changed: what was learned until then is saved.
   */
  private StepMetrics nextOrSave() {
    try {
      return trainer.next();
    } catch (InternalError fault) {
      if (record != null) {
        record.end(trainer.step(), false);
      }
      throw fault;
    }
  }

  /** Asks a run to save and end after its current step, on all ranks; from any thread. */
  public void stop() {
    stopping = true;
  }

  @Override
  public void close() {
    if (record != null) {
      record.close();
    }
    parts.close();
  }

  private RunPlan plan() {
    long trained = 0;
    long all = 0;
    for (Parameter parameter : parameters().all()) {
      int elements = parameter.values().length;
      all += elements;
      trained += parts.model().gradients().names().contains(parameter.name()) ? elements : 0;
    }
    return new RunPlan(
        trainer.step(),
        steps,
        config.data().tokensPerStep(),
        ranks.size(),
        parts.samples().samples().size(),
        trained,
        all);
  }

  // --- all ranks -----------------------------------------------------------------------------

  /** Refuses ranks with other options, data or frozen tensors than the first one. */
  private static void checkAlike(RunConfig config, Ingredients parts, Ranks ranks) {
    CRC32C options = new CRC32C();
    RunConfigFile files = new RunConfigFile();
    options.update(files.text(config, Set.of("threads")).getBytes(StandardCharsets.UTF_8));
    long[][] all =
        ranks.all(options.getValue(), parts.samples().samples().size(), parts.frozenChecksum());
    for (int rank = 1; rank < all.length; rank++) {
      requireAlike(all[0][0] == all[rank][0], rank, "options");
      requireAlike(all[0][1] == all[rank][1], rank, "data");
      requireAlike(all[0][2] == all[rank][2], rank, "frozen tensors");
    }
  }

  private static void requireAlike(boolean alike, int rank, String what) {
    if (!alike) {
      throw new InputException(
          "The %s of rank %d are not those of rank 0; expected the same command and files everywhere"
              .formatted(what, rank));
    }
  }

  /** Gives all ranks what the first one has; returns its step. */
  private long share(long step) {
    long[] first = ranks.all(step, optimiser.steps())[0];
    optimiser
        .moments()
        .forEach((name, means) -> {
          ranks.broadcast(parameters().get(name).values());
          ranks.broadcast(means.m());
          ranks.broadcast(means.v());
        });
    optimiser.resume(first[1]);
    return first[0];
  }
}
