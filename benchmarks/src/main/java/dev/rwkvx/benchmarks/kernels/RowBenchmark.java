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

/** Kernels over the elements of a row, out of the nearest cache, on one thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class RowBenchmark {
  @Param({"scalar", "vector"})
  public String kernels;

  @Param("768")
  public int n;

  private Kernels k;
  private float[] x;
  private float[] weight;
  private float[] y;
  private float[] amounts;
  private float[] mixed;

  @Setup
  public void prepare() {
    k = Inputs.kernels(kernels);
    x = Inputs.floats(n);
    weight = Inputs.floats(n);
    y = new float[n];
    amounts = Inputs.floats(Kernels.MIXES * n);
    mixed = new float[Kernels.MIXES * n];
  }

  /** Mean, variance, scale and shift: about seven operations per element. */
  @Benchmark
  public float[] layerNorm(Rates rates) {
    k.layerNorm(x, 0, n, weight, weight, 0, 1e-5f, y, 0);
    rates.add(7.0 * n, 16.0 * n);
    return y;
  }

  /** The six token shifts of a time mix: a subtraction and six multiply-adds per element. */
  @Benchmark
  public float[] tokenShifts(Rates rates) {
    k.lerps(x, 0, weight, 0, amounts, mixed, 0, n, n);
    rates.add(13.0 * n, 56.0 * n);
    return mixed;
  }

  /** Exponentials of a row and their sum, the inside of a softmax; counted as one per element. */
  @Benchmark
  public float expSum(Rates rates) {
    System.arraycopy(x, 0, y, 0, n);
    rates.add(n, 8.0 * n);
    return k.expSum(y, 0, n, 1f, 0.125f);
  }
}
