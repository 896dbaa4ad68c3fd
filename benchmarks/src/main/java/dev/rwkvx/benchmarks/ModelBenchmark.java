package dev.rwkvx.benchmarks;

import dev.rwkvx.model.Cost;
import dev.rwkvx.model.Run;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Measures reading and decoding of one model, each against its own limit. */
public final class ModelBenchmark {
  /** Tokens that one call reads while a context is built up. */
  private static final int STRIDE = 4096;

  /** Prompts are read again until so much time has passed, three times at least. */
  private static final double ENOUGH_SECONDS = 10;

  /** Prompts that take longer are read once. */
  private static final double LONG_SECONDS = 60;

  private static final int FEWEST = 3;
  private static final int MOST = 9;

  /** Groups of decoding steps, each between two measurements of the bandwidth. */
  private static final int GROUPS = 8;

  private final RwkvX model;
  private final Supplier<State> newState;
  private final double peak;
  private final Bandwidth bandwidth;
  private final Cost cost;
  private final int vocabulary;

  /**
   * Reading a prompt.
   *
   * @param length its tokens
   * @param repetitions of which the median counts
   * @param seconds from the empty state to the logits of the last token
   * @param fraction of the multiply-add peak
   * @param cacheBytes of the state afterwards
   */
  public record Prefill(
      int length, int repetitions, double seconds, double fraction, long cacheBytes) {
    /** How many tokens are read in a second. */
    public double tokensPerSecond() {
      return length / seconds;
    }
  }

  /**
   * Decoding behind a context.
   *
   * @param context tokens before the first decoded one
   * @param batch sequences side by side
   * @param steps tokens per sequence that were timed
   * @param median seconds per step
   * @param p99 seconds that 99 % of the steps do not exceed
   * @param bandwidth bytes per second that memory gave meanwhile
   * @param fraction of that bandwidth
   */
  public record Decode(
      long context,
      int batch,
      int steps,
      double median,
      double p99,
      double bandwidth,
      double fraction) {
    /** Of all sequences together. */
    public double tokensPerSecond() {
      return batch / median;
    }
  }

  /**
   * Prepares measurements.
   *
   * @param newState makes empty states of the model
   * @param peak multiply-add operations per second of this machine, two for each
   * @param bandwidth of this machine
   */
  public ModelBenchmark(RwkvX model, Supplier<State> newState, double peak, Bandwidth bandwidth) {
    this.model = model;
    this.newState = newState;
    this.peak = peak;
    this.bandwidth = bandwidth;
    cost = model.cost();
    vocabulary = model.config().vocabulary();
  }

  /**
   * Reads a little and decodes a little so that the code is compiled.
   *
   * @param seconds to spend, at least; four are enough
   */
  public void warmUp(double seconds) {
    long start = System.nanoTime();
    float[] logits = new float[vocabulary];
    int[] tokens = tokens(512);
    do {
      try (State state = newState.get()) {
        model.forward(tokens, 0, tokens.length, state, logits);
        for (int i = 0; i < 8; i++) {
          model.forward(tokens, i, i + 1, state, logits);
        }
      }
    } while (since(start) < seconds);
  }

  /** Reads a prompt of {@code length} tokens from an empty state, as often as time permits. */
  public Prefill prefill(int length) {
    int[] tokens = tokens(length);
    float[] logits = new float[vocabulary];
    double[] seconds = new double[MOST];
    long cacheBytes = 0;
    int count = 0;
    long start = System.nanoTime();
    do {
      try (State state = newState.get()) {
        long begin = System.nanoTime();
        model.forward(tokens, 0, length, state, logits);
        seconds[count++] = since(begin);
        cacheBytes = state.cacheBytes();
      }
    } while (count < MOST
        && seconds[0] < LONG_SECONDS
        && (count < FEWEST || since(start) < ENOUGH_SECONDS));
    double median = Timings.median(Arrays.copyOf(seconds, count));
    double fraction = cost.prefillFlops(0, length) / median / peak;
    return new Prefill(length, count, median, fraction, cacheBytes);
  }

  /**
   * Seconds that {@link #prefill} will take, were everything to run at {@code share} of the peak.
   */
  public double expectedPrefillSeconds(int length, double share) {
    double once = cost.prefillFlops(0, length) / (share * peak);
    return once > LONG_SECONDS
        ? once
        : Math.min(MOST * once, Math.max(FEWEST * once, ENOUGH_SECONDS));
  }

  /** Seconds that {@link #read} will take, were everything to run at {@code share} of the peak. */
  public double expectedReadSeconds(long from, long to, double share) {
    return cost.prefillFlops(from, Math.toIntExact(to - from)) / (share * peak);
  }

  /**
   * Reads on until the state has read {@code context} tokens.
   *
   * @return tokens per second; 0 when there was nothing to read
   */
  public double read(State state, long context) {
    long first = state.position();
    float[] logits = new float[vocabulary];
    long start = System.nanoTime();
    while (state.position() < context) {
      int[] tokens = tokens((int) Math.min(STRIDE, context - state.position()));
      model.forward(tokens, 0, tokens.length, state, logits);
    }
    return first < context ? (context - first) / since(start) : 0;
  }

  /**
   * Decodes token by token, and moves the states on.
   *
   * @param states sequences of the same length, decoded side by side
   * @param steps timed tokens per sequence, at least 8; a few more are decoded untimed
   */
  public Decode decode(List<State> states, int steps) {
    long context = states.getFirst().position();
    int batch = states.size();
    int perGroup = Math.max(1, steps / GROUPS);
    int[] tokens = tokens(GROUPS * (perGroup + 1));
    float[][] logits = new float[batch][vocabulary];
    double[] seconds = new double[GROUPS * perGroup];
    double[] fractions = new double[GROUPS];
    double[] rates = new double[GROUPS + 1];
    rates[0] = bandwidth.measure();
    double bytes = bytes(context, batch);
    int next = 0;
    for (int group = 0; group < GROUPS; group++) {
      // Untimed: it finds the caches full of what measured the bandwidth.
      step(states, tokens, next++, logits);
      int first = group * perGroup;
      for (int i = 0; i < perGroup; i++) {
        seconds[first + i] = step(states, tokens, next++, logits);
      }
      rates[group + 1] = bandwidth.measure();
      double median = Timings.median(Arrays.copyOfRange(seconds, first, first + perGroup));
      fractions[group] = bytes / median / Math.max(rates[group], rates[group + 1]);
    }
    return new Decode(
        context,
        batch,
        seconds.length,
        Timings.median(seconds),
        Timings.quantile(0.99, seconds),
        Timings.median(rates),
        Timings.median(fractions));
  }

  /** What a step of {@code batch} sequences has to read: the weights once, their own each. */
  private double bytes(long context, int batch) {
    return cost.weightBytes() + batch * (cost.decodeBytes(context) - cost.weightBytes());
  }

  private double step(List<State> states, int[] tokens, int at, float[][] logits) {
    if (states.size() == 1) {
      long start = System.nanoTime();
      model.forward(tokens, at, at + 1, states.getFirst(), logits[0]);
      return since(start);
    }
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < states.size(); i++) {
      runs.add(new Run(states.get(i), tokens, at, at + 1, logits[i]));
    }
    long start = System.nanoTime();
    model.forward(runs);
    return since(start);
  }

  private int[] tokens(int count) {
    return new SplittableRandom(count).ints(count, 0, vocabulary).toArray();
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
