package dev.rwkvx.benchmarks.kernels;

import dev.rwkvx.math.Kernels;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The state update of RWKV-7 for twelve heads of 64, on one thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class Wkv7Benchmark {
  private static final int HEADS = 12;
  private static final int N = 64;
  private static final int C = HEADS * N;

  @Param({"scalar", "vector"})
  public String kernels;

  /** Tokens of a run; 1 is decoding. */
  @Param({"1", "64"})
  public int tokens;

  private final float[] state = new float[C * N];
  private Kernels k;
  private float[] r;
  private float[] w;
  private float[] key;
  private float[] v;
  private float[] kappa;
  private float[] b;
  private float[] y;

  @Setup
  public void prepare() {
    k = Inputs.kernels(kernels);
    r = Inputs.floats(tokens * C);
    w = Inputs.floats(tokens * C);
    key = Inputs.floats(tokens * C);
    v = Inputs.floats(tokens * C);
    y = new float[tokens * C];
    // κ of length one and rates in (0, 1), as in the model, or the state would grow without end.
    kappa = new float[tokens * C];
    b = new float[tokens * C];
    for (int i = 0; i < w.length; i++) {
      w[i] = 0.8f + 0.1f * w[i];
      kappa[i] = r[i] > 0 ? 0.125f : -0.125f;
      b[i] = 0.5f * kappa[i];
    }
  }

  /** A run of tokens through the states of all heads. */
  @Benchmark
  public float[] wkv7(Rates rates) {
    for (int head = 0; head < HEADS; head++) {
      k.wkv7(state, head * N * N, N, tokens, r, w, key, v, kappa, b, y, y, head * N, C);
    }
    // S κ, the decay, two rank-one updates and S r: 9 operations per element of S.
    rates.add(9.0 * C * N * tokens, 8.0 * state.length + 28.0 * y.length);
    return y;
  }
}
