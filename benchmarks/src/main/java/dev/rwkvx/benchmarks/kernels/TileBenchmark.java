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

/** The register tile alone, out of the nearest caches, on one thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class TileBenchmark {
  @Param({"scalar", "vector"})
  public String kernels;

  @Param({"64", "32"})
  public int columns;

  private final float[] a = Inputs.floats(Kernels.TILE_ROWS * Kernels.BLOCK);
  private final float[] b = Inputs.floats(Kernels.BLOCK * Kernels.TILE_COLUMNS);
  private final float[] c = new float[Kernels.TILE_ROWS * Kernels.TILE_COLUMNS];
  private Kernels k;

  @Setup
  public void prepare() {
    k = Inputs.kernels(kernels);
  }

  /** c = a · b. */
  @Benchmark
  public float[] tile(Rates rates) {
    int inner = Kernels.BLOCK;
    int stride = Kernels.TILE_COLUMNS;
    k.tile(a, 0, inner, Kernels.TILE_ROWS, inner, b, columns, c, 0, stride, false);
    double read = 4.0 * (a.length + (double) inner * columns + Kernels.TILE_ROWS * columns);
    rates.add(2.0 * a.length * columns, read);
    return c;
  }
}
