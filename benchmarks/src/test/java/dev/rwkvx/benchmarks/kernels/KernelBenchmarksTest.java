package dev.rwkvx.benchmarks.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.math.WeightType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every benchmark can be set up and run: once, on small sizes, and nothing is timed. */
class KernelBenchmarksTest {
  private final Rates rates = new Rates();

  @Test
  void jmhKnowsAllOfThem() throws IOException {
    try (InputStream list =
        KernelBenchmarksTest.class.getResourceAsStream("/META-INF/BenchmarkList")) {
      assertThat(list).isNotNull();
      assertThat(new String(list.readAllBytes(), StandardCharsets.UTF_8))
          .contains(
              "MachineBenchmark",
              "MatvecBenchmark",
              "ProductBenchmark",
              "TileBenchmark",
              "Wkv7Benchmark",
              "RowBenchmark",
              "AttentionBenchmark");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void machine(String kernels) {
    MachineBenchmark benchmark = new MachineBenchmark();
    benchmark.kernels = kernels;
    benchmark.bytes = 1 << 16;
    benchmark.prepare();
    assertThat(benchmark.multiplyAdd(rates)).isFinite();
    assertThat(rates.gflop).isPositive();
    assertThat(benchmark.read(rates)).isFinite();
    assertThat(rates.gb).isPositive();
    benchmark.free();
  }

  @ParameterizedTest
  @EnumSource(WeightType.class)
  void matvec(WeightType type) {
    float[] expected = matvec("scalar", type);
    assertThat(expected).isNotEqualTo(new float[expected.length]);
    assertThat(matvec("vector", type)).isEqualTo(expected);
    assertThat(rates.gflop).isEqualTo(2 * 2e-9 * 64 * 1024);
  }

  private float[] matvec(String kernels, WeightType type) {
    MatvecBenchmark benchmark = new MatvecBenchmark();
    benchmark.kernels = kernels;
    benchmark.type = type;
    benchmark.outputs = 64;
    benchmark.prepare();
    float[] sums = Arrays.copyOf(benchmark.matvec(rates), 32);
    benchmark.free();
    return sums;
  }

  @ParameterizedTest
  @EnumSource(WeightType.class)
  void product(WeightType type) {
    float[] expected = product("scalar", type);
    assertThat(expected).isNotEqualTo(new float[expected.length]);
    assertThat(product("vector", type)).isEqualTo(expected);
  }

  private float[] product(String kernels, WeightType type) {
    ProductBenchmark benchmark = new ProductBenchmark();
    benchmark.kernels = kernels;
    benchmark.type = type;
    benchmark.rows = 8;
    benchmark.outputs = 64;
    benchmark.inputs = 96;
    benchmark.prepare();
    float[] y = benchmark.product(rates);
    benchmark.free();
    return y;
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 64})
  void tile(int columns) {
    float[] expected = tile("scalar", columns);
    assertThat(expected).isNotEqualTo(new float[expected.length]);
    assertThat(tile("vector", columns)).isEqualTo(expected);
  }

  private float[] tile(String kernels, int columns) {
    TileBenchmark benchmark = new TileBenchmark();
    benchmark.kernels = kernels;
    benchmark.columns = columns;
    benchmark.prepare();
    return benchmark.tile(rates);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64})
  void wkv7(int tokens) {
    float[] expected = wkv7("scalar", tokens);
    assertThat(expected).isNotEqualTo(new float[expected.length]);
    assertThat(wkv7("vector", tokens)).isEqualTo(expected);
  }

  private float[] wkv7(String kernels, int tokens) {
    Wkv7Benchmark benchmark = new Wkv7Benchmark();
    benchmark.kernels = kernels;
    benchmark.tokens = tokens;
    benchmark.prepare();
    float[] y = benchmark.wkv7(rates);
    for (int i = 0; i < 100; i++) {
      y = benchmark.wkv7(rates);
    }
    for (float value : y) {
      // The state must stay of the model's size, however often JMH calls.
      assertThat(Math.abs(value)).isLessThan(1000f);
    }
    return y;
  }

  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void rows(String kernels) {
    RowBenchmark benchmark = new RowBenchmark();
    benchmark.kernels = kernels;
    benchmark.n = 768;
    benchmark.prepare();
    float[] y = benchmark.layerNorm(rates);
    assertThat(y).isNotEqualTo(new float[y.length]);
    assertThat(benchmark.expSum(rates)).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 126})
  void attention(int queries) {
    float[] expected = attention("scalar", queries);
    assertThat(expected).isNotEqualTo(new float[expected.length]);
    assertThat(attention("vector", queries)).isEqualTo(expected);
  }

  private float[] attention(String kernels, int queries) {
    AttentionBenchmark benchmark = new AttentionBenchmark();
    benchmark.kernels = kernels;
    benchmark.queries = queries;
    benchmark.prepare();
    float[] y = benchmark.page(rates);
    benchmark.free();
    return y;
  }
}
