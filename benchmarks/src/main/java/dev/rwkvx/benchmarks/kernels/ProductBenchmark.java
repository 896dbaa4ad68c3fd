package dev.rwkvx.benchmarks.kernels;

import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.Products;
import dev.rwkvx.math.Products.Then;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.math.Workers;
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

/** Rows times a matrix: prompts and batches, on as many threads as there are processors. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class ProductBenchmark {
  @Param({"scalar", "vector"})
  public String kernels;

  @Param({"F32", "BF16", "Q8", "Q4"})
  public WeightType type;

  @Param({"8", "64", "512"})
  public int rows;

  @Param("3072")
  public int outputs;

  @Param("768")
  public int inputs;

  private final Arena arena = Arena.ofShared();
  private Workers workers;
  private Products products;
  private Matrix matrix;
  private float[] x;
  private float[] y;

  @Setup
  public void prepare() {
    workers = new Workers(Runtime.getRuntime().availableProcessors());
    products = new Products(Inputs.kernels(kernels), workers);
    matrix = Inputs.matrix(type, outputs, inputs, arena);
    x = Inputs.floats(rows * inputs);
    y = new float[rows * outputs];
  }

  @TearDown
  public void free() {
    workers.close();
    arena.close();
  }

  /** y = x Wᵀ. */
  @Benchmark
  public float[] product(Rates rates) {
    products.start(rows).add(matrix, x, 0, inputs, y, outputs, Then.STORE).run();
    rates.add(
        2.0 * rows * outputs * inputs, matrix.panels().byteSize() + 4.0 * (x.length + y.length));
    return y;
  }
}
