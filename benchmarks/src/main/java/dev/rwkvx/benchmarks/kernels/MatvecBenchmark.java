package dev.rwkvx.benchmarks.kernels;

import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.PanelProduct;
import dev.rwkvx.math.WeightType;
import java.lang.foreign.Arena;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One token times a matrix that no cache holds: decoding on one thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class MatvecBenchmark {
  private static final int INPUTS = 1024;

  @Param({"scalar", "vector"})
  public String kernels;

  @Param({"F32", "BF16", "F16", "Q8", "Q4"})
  public WeightType type;

  @Param("65536")
  public int outputs;

  private final float[] x = Inputs.floats(INPUTS);
  private float[] y;
  private PanelProduct product;
  private final Arena arena = Arena.ofShared();
  private Matrix matrix;

  @Setup
  public void prepare() {
    product = new PanelProduct(Inputs.kernels(kernels));
    y = new float[outputs];
    matrix = Inputs.matrix(type, outputs, INPUTS, arena);
  }

  @TearDown
  public void free() {
    arena.close();
  }

  /** All panels. */
  @Benchmark
  public float[] matvec(Rates rates) {
    product.run(
        type,
        matrix.panels(),
        0,
        matrix.panelStride(),
        0,
        outputs,
        INPUTS,
        1,
        x,
        0,
        INPUTS,
        y,
        0,
        outputs,
        false);
    rates.add(2.0 * outputs * INPUTS, matrix.panels().byteSize());
    return y;
  }
}
