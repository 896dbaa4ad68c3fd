package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import dev.rwkvx.training.AdamW;
import dev.rwkvx.training.Loss;
import dev.rwkvx.training.RwkvXGradients;
import dev.rwkvx.training.Schedule;
import dev.rwkvx.training.TokenWeights;
import dev.rwkvx.training.data.Samples;
import dev.rwkvx.training.run.Batches.Weighted;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a run: batches, losses, gradients, the optimiser. Knows neither files nor clocks.
 *
 * <p>The loss of a step is the mean over the tokens of all of its batches, each as often as its
 * data says (0 where it does not count, 1, or more in an answer) and weighted by LongCE where that
 * is used: Σ weight·LongCE·loss / Σ weight. What is accumulated over n batches of b sequences is
 * therefore what one batch of n·b would give.
 */
final class Trainer {
  /** So many steps in a row with gradients that are not finite mean that nothing will follow. */
  private static final int MOST_SKIPPED = 100;

  private final RunConfig config;
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
      RwkvXGradients model,
      AdamW optimiser,
      Samples samples,
      @Nullable Samples validation,
      Schedule schedule,
      long step,
      long steps) {
    this.config = config;
    this.model = model;
    this.optimiser = optimiser;
    this.validation = validation;
    this.schedule = schedule;
    this.step = step;
    this.steps = steps;
    batches = new Batches(samples, config.data(), config.resets(), config.seed());
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
   * @throws InputException when the data cannot be read, or gradients have not been finite for long
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
    long counted = step.stream().mapToLong(Weighted::count).sum();
    double weight = step.stream().mapToDouble(Weighted::weight).sum();
    float scale = counted == 0 ? 0 : (float) (tokens / weight);
    double share = 1.0 / step.size();
    double weighted = 0;
    double plain = 0;
    for (Weighted batch : step) {
      TokenWeights base =
          config.longCe().enabled()
              ? config.longCe().longCe().weights(model, batch.tokens())
              : TokenWeights.EQUAL;
      Loss loss = model.accumulate(batch.tokens(), batch.times(base, scale), share);
      weighted += loss.mean() * batch.tokens().tokens();
      plain += sum(loss.tokens(), batch.weights());
    }
    return counted == 0
        ? new Losses(0, 0)
        : new Losses(weighted / (scale * weight), plain / counted);
  }

  private boolean validationIsDue() {
    return validation != null && (step % config.validation().every() == 0 || finished());
  }

  /** The mean cross-entropy of the validation data; every token that counts does so once. */
  private double validate() {
    Samples samples = Objects.requireNonNull(validation);
    long sequences = Math.min(config.validation().sequences(), samples.size());
    double sum = 0;
    long counted = 0;
    for (long first = 0; first < sequences; first += config.data().batch()) {
      int some = (int) Math.min(config.data().batch(), sequences - first);
      Weighted batch = Batches.plain(samples, first, some);
      sum += sum(model.losses(batch.tokens()), batch.weights());
      counted += batch.count();
    }
    return counted == 0 ? 0 : sum / counted;
  }

  private static double sum(float[] losses, float[] weights) {
    double sum = 0;
    for (int i = 0; i < losses.length; i++) {
      sum += weights[i] > 0 ? losses[i] : 0;
    }
    return sum;
  }

  private void checkSkipped(AdamW.Step update) {
    skippedInARow = update.skipped() ? skippedInARow + 1 : 0;
    if (skippedInARow == MOST_SKIPPED) {
      throw new InputException(
          ("The gradients were not finite in %d steps in a row, the last one step"
                  + " %d; try a lower schedule.lr, or look at the model and its data")
              .formatted(MOST_SKIPPED, step));
    }
  }
}
