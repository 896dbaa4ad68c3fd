package dev.rwkvx.benchmarks;

import dev.rwkvx.math.MachineLimits;
import dev.rwkvx.model.Cost;
import dev.rwkvx.model.Run;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Measures reading and decoding of one model, each against its own limit. */
public final class ModelBenchmark {
  /** Tokens that one call reads while a context is built up. */
  private static final int STRIDE = 4096;

  /** Untimed work before the first measurement, so that everything is compiled. */
  private static final long WARM_UP_NANOS = 4_000_000_000L;

  private final RwkvX model;
  private final Cost cost;
  private final MachineLimits limits;
  private final int vocabulary;

  /**
   * One line of the table.
   *
   * @param test "prefill" or "decode"
   * @param context tokens read, or tokens before the decoded ones
   * @param batch sequences side by side
   * @param tokensPerSecond of all sequences together; the median of several runs
   * @param fraction of the limit: FMA peak for prefill, memory bandwidth for decoding
   */
  public record Result(
      String test, int context, int batch, double tokensPerSecond, double fraction) {}

  public ModelBenchmark(RwkvX model, MachineLimits limits) {
    this.model = model;
    this.limits = limits;
    cost = model.cost();
    vocabulary = model.config().vocabulary();
  }

  /** Reads a little and decodes a little until the code is compiled. */
  public void warmUp() {
    long end = System.nanoTime() + WARM_UP_NANOS;
    float[] logits = new float[vocabulary];
    int[] tokens = tokens(512);
    do {
      State state = model.newState();
      model.forward(tokens, 0, tokens.length, state, logits);
      for (int i = 0; i < 8; i++) {
        model.forward(tokens, i, i + 1, state, logits);
      }
    } while (System.nanoTime() < end);
  }

  /**
   * Reading a prompt from an empty state; logits of its last token.
   *
   * @param length tokens
   * @param repetitions of which the median counts
   */
  public Result prefill(int length, int repetitions) {
    int[] tokens = tokens(length);
    float[] logits = new float[vocabulary];
    double[] seconds = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      State state = model.newState();
      long start = System.nanoTime();
      model.forward(tokens, 0, length, state, logits);
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    double median = median(seconds);
    double flops = cost.prefillFlops(0, length) / median;
    return new Result("prefill", length, 1, length / median, flops / limits.flops());
  }

  /**
   * Decoding behind a context, token by token.
   *
   * @param context tokens before the first decoded one
   * @param batch sequences that are decoded side by side
   * @param steps tokens per sequence, of which the median time counts
   */
  public Result decode(int context, int batch, int steps) {
    int[] tokens = tokens(context + steps);
    float[][] logits = new float[batch][vocabulary];
    State first = model.newState();
    for (int at = 0; at < context; at += STRIDE) {
      model.forward(tokens, at, Math.min(at + STRIDE, context), first, logits[0]);
    }
    List<State> states = new ArrayList<>(List.of(first));
    while (states.size() < batch) {
      states.add(first.fork());
    }
    double[] seconds = new double[steps];
    for (int i = 0; i < steps; i++) {
      List<Run> runs = new ArrayList<>();
      for (int b = 0; b < batch; b++) {
        runs.add(new Run(states.get(b), tokens, context + i, context + i + 1, logits[b]));
      }
      long start = System.nanoTime();
      if (batch == 1) {
        model.forward(tokens, context + i, context + i + 1, first, logits[0]);
      } else {
        model.forward(runs);
      }
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    double median = median(seconds);
    double own = cost.decodeBytes(context) - cost.weightBytes();
    double bytes = cost.weightBytes() + batch * own;
    return new Result(
        "decode", context, batch, batch / median, bytes / median / limits.bandwidth());
  }

  private int[] tokens(int count) {
    return new SplittableRandom(count).ints(count, 0, vocabulary).toArray();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
