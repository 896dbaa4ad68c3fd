package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.training.AdamW;
import dev.rwkvx.training.Loss;
import dev.rwkvx.training.RwkvXGradients;
import dev.rwkvx.training.Schedule;
import dev.rwkvx.training.TokenWeights;
import dev.rwkvx.training.data.Samples;
import dev.rwkvx.training.ranks.Ranks;
import dev.rwkvx.training.run.Batches.Weighted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a run: batches, losses, gradients, the optimiser. Knows neither files nor clocks.
 *
 * <p>The loss of a step is the mean over the tokens of all of its batches, each as often as its
 * data says (0 where it does not count, 1, or more in an answer) and weighted by LongCE where that
 * is used: Σ weight·LongCE·loss / Σ weight. What is accumulated over n batches of b sequences is
 * therefore what one batch of n·b would give, and so is what n ranks do together: all of them end a
 * step with the same gradients, losses and weights.
 */
final class Trainer {
  /** So many steps in a row with gradients that are not finite mean that nothing will follow. */
  private static final int MOST_SKIPPED = 100;

  private final RunConfig config;
  private final Ranks ranks;
  private final RwkvXGradients model;
  private final AdamW optimiser;
  private final Batches batches;
  private final @Nullable Samples validation;
  private final Schedule schedule;
  private final long steps;
  private long step;
  private int skippedInARow;

  /**
   * @param step steps done before
   * @param steps of the whole run
   */
  Trainer(
      RunConfig config,
      Ranks ranks,
      RwkvXGradients model,
      AdamW optimiser,
      Samples samples,
      @Nullable Samples validation,
      Schedule schedule,
      long step,
      long steps) {
    this.config = config;
    this.ranks = ranks;
    this.model = model;
    this.optimiser = optimiser;
    this.validation = validation;
    this.schedule = schedule;
    this.step = step;
    this.steps = steps;
    batches = new Batches(samples, config.data(), ranks.rank(), config.resets(), config.seed());
  }

  /** Steps done, skipped ones included. */
  long step() {
    return step;
  }

  boolean finished() {
    return step >= steps;
  }

  /**
   * Does the next step.
   *
   * @throws InputException when the data cannot be read, gradients have not been finite for long,
   *     or weights are not
   * @throws UncheckedIOException when the ranks do not have the same weights any more
   */
  StepMetrics next() {
    long start = System.nanoTime();
    long tokensBefore = step * config.data().tokensPerStep();
    double rate = schedule.at(tokensBefore);
    model.gradients().clear();
    Losses losses = accumulate(batches.of(step));
    AdamW.Step update = optimiser.step(rate);
    step++;
    double seconds = (System.nanoTime() - start) / 1e9;
    checkSkipped(update);
    checkWeights();
    return new StepMetrics(
        step,
        tokensBefore + config.data().tokensPerStep(),
        losses.weighted,
        losses.plain,
        rate,
        update.gradientNorm(),
        config.data().tokensPerStep() / seconds,
        update.skipped(),
        validationIsDue() ? validate() : null);
  }

  /** The mean losses of a step, with all weights and with none. */
  private record Losses(double weighted, double plain) {}

  private Losses accumulate(List<Weighted> step) {
    long tokens = config.data().tokensPerStep();
    double[] totals =
        ranks.sums(
            step.stream().mapToLong(Weighted::count).sum(),
            step.stream().mapToDouble(Weighted::weight).sum());
    double counted = totals[0];
    double weight = totals[1];
    float scale = counted == 0 ? 0 : (float) (tokens / weight);
    double share = 1.0 / config.data().batchesPerStep();
    double weighted = 0;
    double plain = 0;
    for (Weighted batch : step) {
      boolean last = batch == step.getLast();
      Consumer<List<float[]>> ready = last ? ranks.gradients()::add : _ -> {};
      TokenWeights base =
          config.longCe().enabled()
              ? config.longCe().longCe().weights(model, batch.tokens())
              : TokenWeights.EQUAL;
      Loss loss = model.accumulate(batch.tokens(), batch.times(base, scale), share, ready);
      weighted += loss.mean() * batch.tokens().tokens();
      plain += sum(loss.tokens(), batch.weights());
    }
    ranks.gradients().finish();
    double[] losses = ranks.sums(weighted, plain);
    return counted == 0
        ? new Losses(0, 0)
        : new Losses(losses[0] / (scale * weight), losses[1] / counted);
  }

  private boolean validationIsDue() {
    return validation != null && (step % config.validation().every() == 0 || finished());
  }

  /**
   * The mean cross-entropy of the validation data, whose batches go round the ranks; every token
   * that counts does so once.
   */
  private double validate() {
    Samples samples = Objects.requireNonNull(validation);
    long sequences = Math.min(config.validation().sequences(), samples.size());
    double sum = 0;
    double counted = 0;
    int most = config.data().batch();
    long stride = (long) ranks.size() * most;
    for (long first = (long) ranks.rank() * most; first < sequences; first += stride) {
      int some = (int) Math.min(most, sequences - first);
      Weighted batch = Batches.plain(samples, first, some);
      sum += sum(model.losses(batch.tokens()), batch.weights());
      counted += batch.count();
    }
    double[] totals = ranks.sums(sum, counted);
    return totals[1] == 0 ? 0 : totals[0] / totals[1];
  }

  private static double sum(float[] losses, float[] weights) {
    double sum = 0;
    for (int i = 0; i < losses.length; i++) {
      sum += weights[i] > 0 ? losses[i] : 0;
    }
    return sum;
  }

  /** The same gradients lead to the same weights, unless a machine fails. */
  private void checkWeights() {
    if (ranks.size() == 1 || (step % config.stepsBetweenChecks() != 0 && !finished())) {
      return;
    }
    long[][] checksums =
        ranks.all(model.parameters().checksum(model.gradients().names()::contains));
    for (int rank = 1; rank < checksums.length; rank++) {
      if (checksums[rank][0] != checksums[0][0]) {
        throw new UncheckedIOException(
            new IOException(
                ("After step %d rank %d has other weights than rank 0: one of their machines"
                        + " computes or sends wrong numbers; --resume goes on from the latest"
                        + " checkpoint")
                    .formatted(step, rank)));
      }
    }
  }

  private void checkSkipped(AdamW.Step update) {
    if (update.skipped()) {
      // Weights that are not finite never become so again.
      Divergence.check(step, model.parameters(), model.gradients().names()::contains, DType.F32);
    }
    skippedInARow = update.skipped() ? skippedInARow + 1 : 0;
    if (skippedInARow == MOST_SKIPPED) {
      throw new InputException(
          ("The gradients were not finite in %d steps in a row, the last one step"
                  + " %d; try a lower schedule.lr, or look at the model and its data")
              .formatted(MOST_SKIPPED, step));
    }
  }
}
