package dev.rwkvx.benchmarks.kernels;

import dev.rwkvx.math.Kernels;
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

/** Attention of one head over one page of keys, as chunk attention does it page by page. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class AttentionBenchmark {
  private static final int N = 64;
  private static final int PAGE = Kernels.BLOCK;

  @Param({"scalar", "vector"})
  public String kernels;

  /** Queries that share the page; 1 is decoding. */
  @Param({"1", "126"})
  public int queries;

  private Kernels k;
  private PanelProduct product;
  private final Arena arena = Arena.ofShared();
  private Matrix keys;
  private Matrix values;
  private float[] query;
  private float[] scores;
  private float[] y;

  @Setup
  public void prepare() {
    k = Inputs.kernels(kernels);
    product = new PanelProduct(k);
    keys = Inputs.matrix(WeightType.F32, PAGE, N, arena);
    values = Inputs.matrix(WeightType.F32, N, PAGE, arena);
    query = Inputs.floats(queries * N);
    scores = new float[queries * PAGE];
    y = new float[queries * N];
  }

  @TearDown
  public void free() {
    arena.close();
  }

  /** exp(q kᵀ / √N − maximum) v. */
  @Benchmark
  public float[] page(Rates rates) {
    multiply(keys, query, scores);
    for (int i = 0; i < queries; i++) {
      float max = k.max(scores, i * PAGE, PAGE);
      k.expSum(scores, i * PAGE, PAGE, max, 0.125f);
    }
    multiply(values, scores, y);
    rates.add(4.0 * N * PAGE * queries, 8.0 * N * PAGE);
    return y;
  }

  private void multiply(Matrix matrix, float[] x, float[] out) {
    int inputs = matrix.inputs();
    int outputs = matrix.outputs();
    product.run(
        matrix.type(),
        matrix.panels(),
        0,
        matrix.panelStride(),
        0,
        outputs,
        inputs,
        queries,
        x,
        0,
        inputs,
        out,
        0,
        outputs,
        false);
  }
}
