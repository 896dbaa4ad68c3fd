package dev.rwkvx.benchmarks;

import dev.rwkvx.training.AdamW;
import dev.rwkvx.training.Parameters;
import dev.rwkvx.training.RwkvXGradients;
import dev.rwkvx.training.TokenBatch;
import dev.rwkvx.training.TokenWeights;
import dev.rwkvx.training.TrainingOptions;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Measures whole training steps of one model: forward, backward and AdamW. */
public final class TrainingBenchmark implements AutoCloseable {
  private static final double LEARNING_RATE = 1e-5;
  private static final int WARM_UP_TOKENS = 2048;

  private final RwkvXGradients model;
  private final AdamW optimiser;
  private final double peak;

  /**
   * Steps of one size.
   *
   * @param context tokens of a sequence
   * @param batch sequences
   * @param steps of which the median counts
   * @param seconds of a step
   * @param fraction of the multiply-add peak, what is computed again included; see {@link
   *     RwkvXGradients#flops}
   * @param peakBytes the most memory that was resident
   */
  public record Result(
      int context, int batch, int steps, double seconds, double fraction, long peakBytes) {
    /** How many tokens are trained on in a second. */
    public double tokensPerSecond() {
      return (double) batch * context / seconds;
    }

    /** Resident memory, all of the process, per token of a batch. */
    public double bytesPerToken() {
      return (double) peakBytes / batch / context;
    }
  }

  /**
   * Prepares measurements, which change the parameters.
   *
   * @param peak multiply-add operations per second of this machine, two for each
   */
  public TrainingBenchmark(Parameters parameters, TrainingOptions options, double peak) {
    model = new RwkvXGradients(parameters, options);
    optimiser = new AdamW(model, AdamW.Options.OFFICIAL);
    this.peak = peak;
  }

  /**
   * Steps until the code is compiled.
   *
   * @param batch sequences; together they have about 2,048 tokens
   * @param seconds to spend, at least; twenty are enough
   */
  public void warmUp(int batch, double seconds) {
    TokenBatch tokens = tokens(batch, Math.max(1, WARM_UP_TOKENS / batch));
    long start = System.nanoTime();
    do {
      step(tokens);
    } while (since(start) < seconds);
  }

  /** Times {@code steps} steps after one that makes room for them. */
  public Result measure(int context, int batch, int steps) {
    System.gc();
    ProcessMemory.resetPeak();
    TokenBatch tokens = tokens(batch, context);
    step(tokens);
    double[] seconds = new double[steps];
    Arrays.setAll(seconds, _ -> step(tokens));
    double median = Timings.median(seconds);
    double fraction = model.flops(batch, context) / median / peak;
    return new Result(context, batch, steps, median, fraction, ProcessMemory.peak());
  }

  /**
   * Seconds that {@link #measure} will take, were everything to run at {@code share} of the peak.
   */
  public double expectedSeconds(int context, int batch, int steps, double share) {
    return (steps + 1) * model.flops(batch, context) / (share * peak);
  }

  private double step(TokenBatch tokens) {
    long start = System.nanoTime();
    model.gradients().clear();
    model.accumulate(tokens, TokenWeights.EQUAL);
    optimiser.step(LEARNING_RATE);
    return since(start);
  }

  private TokenBatch tokens(int batch, int context) {
    int vocabulary = model.parameters().config().vocabulary();
    SplittableRandom random = new SplittableRandom(context);
    int[][] sequences = new int[batch][];
    Arrays.setAll(sequences, _ -> random.ints(context + 1L, 0, vocabulary).toArray());
    return TokenBatch.of(sequences);
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() {
    model.close();
  }
}
