package dev.rwkvx.math;

import static dev.rwkvx.math.Numbers.assertClose;
import static dev.rwkvx.math.Numbers.assertSameBits;
import static dev.rwkvx.math.Numbers.assertUntouched;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kernels over rows: the vector kernels give the bits of the scalar ones, both agree with the
 * formula in double precision, and nothing outside the row is written.
 */
class RowKernelsTest {
  private static final int ARRAYS = 6;
  private static final int GUARD = 19;
  private static final float EPSILON = 1e-5f;

  private final Kernels scalar = new ScalarKernels();
  private final Kernels vector = new VectorKernels();

  /** A kernel over some of six arrays, array j from at[j] on; gives its result, or 0. */
  private interface Call {
    float run(Kernels kernels, float[][] arrays, int[] at, int n);
  }

  /** What element i of an output should be, from the arrays before the call. */
  private interface Formula {
    Expected element(Row row, int i);
  }

  /**
   * @param magnitude what rounding errors are relative to
   */
  private record Expected(double value, double magnitude) {
    static Expected of(double value) {
      return new Expected(value, 1 + Math.abs(value));
    }
  }

  /** The arrays before a call, as the formula sees them: element i of array j. */
  private record Row(float[][] arrays, int[] at, int n) {
    double get(int array, int i) {
      return arrays[array][at[array] + i];
    }

    double mean(int array) {
      return IntStream.range(0, n).mapToDouble(i -> get(array, i)).average().orElseThrow();
    }

    double deviation(int array) {
      double mean = mean(array);
      double squares =
          IntStream.range(0, n).mapToDouble(i -> Math.pow(get(array, i) - mean, 2)).sum();
      return Math.sqrt(squares / n + EPSILON);
    }

    double norm(int array, int other) {
      return Math.sqrt(
          IntStream.range(0, n).mapToDouble(i -> Math.pow(get(array, i) * get(other, i), 2)).sum());
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static Expected normal(Row row, int i) {
    double deviation = row.deviation(0);
    double normal = (row.get(0, i) - row.mean(0)) / deviation;
    double value = normal * row.get(1, i) + row.get(2, i);
    return new Expected(value, 10 * (1 + Math.abs(row.get(1, i)) * (1 + 3 / deviation)));
  }

  private static Expected lerp(Row row, int i) {
    double from = row.get(0, i);
    return new Expected(from + (row.get(1, i) - from) * row.get(2, i), 20);
  }

  private static Expected decay(Row row, int i) {
    return Expected.of(Math.exp(-Math.exp(-0.5) * sigmoid(row.get(0, i) + row.get(1, i))));
  }

  private static Expected relu(Row row, int i) {
    return Expected.of(Math.pow(Math.max(row.get(0, i), 0), 2));
  }

  private static Expected kappa(Row row, int i) {
    return Expected.of(row.get(0, i) * row.get(2, i) / row.norm(0, 2));
  }

  private enum Kernel {
    LAYER_NORM(
        (k, a, at, n) -> {
          k.layerNorm(
              a[0], at[0], n, shift(a[1], at[1]), shift(a[2], at[2]), 1, EPSILON, a[3], at[3]);
          return 0;
        },
        new Output(3, RowKernelsTest::normal)),
    LAYER_NORM_IN_PLACE(
        (k, a, at, n) -> {
          k.layerNorm(
              a[0], at[0], n, shift(a[1], at[1]), shift(a[2], at[2]), 1, EPSILON, a[0], at[0]);
          return 0;
        },
        new Output(0, RowKernelsTest::normal)),
    LERP(
        (k, a, at, n) -> {
          k.lerp(a[0], at[0], a[1], at[1], a[2], at[2], a[3], at[3], n);
          return 0;
        },
        new Output(3, RowKernelsTest::lerp)),
    LERP_IN_PLACE(
        (k, a, at, n) -> {
          k.lerp(a[0], at[0], a[1], at[1], a[2], at[2], a[0], at[0], n);
          return 0;
        },
        new Output(0, RowKernelsTest::lerp)),
    BIASED_SIGMOID(
        (k, a, at, n) -> {
          k.sigmoid(a[0], at[0], a[1], at[1], n);
          return 0;
        },
        new Output(0, (row, i) -> Expected.of(sigmoid(row.get(0, i) + row.get(1, i))))),
    SIGMOID(
        (k, a, at, n) -> {
          k.sigmoid(a[0], at[0], n);
          return 0;
        },
        new Output(0, (row, i) -> Expected.of(sigmoid(row.get(0, i))))),
    TANH(
        (k, a, at, n) -> {
          k.tanh(a[0], at[0], n);
          return 0;
        },
        new Output(0, (row, i) -> Expected.of(Math.tanh(row.get(0, i))))),
    RELU_SQUARED(
        (k, a, at, n) -> {
          k.reluSquared(a[0], at[0], n);
          return 0;
        },
        new Output(0, RowKernelsTest::relu)),
    DECAY(
        (k, a, at, n) -> {
          k.decay(a[0], at[0], a[1], at[1], n);
          return 0;
        },
        new Output(0, RowKernelsTest::decay)),
    ADD(
        (k, a, at, n) -> {
          k.add(a[0], at[0], a[1], at[1], n);
          return 0;
        },
        new Output(1, (row, i) -> Expected.of(row.get(0, i) + row.get(1, i)))),
    MULTIPLY(
        (k, a, at, n) -> {
          k.multiply(a[0], at[0], a[1], at[1], n);
          return 0;
        },
        new Output(1, (row, i) -> Expected.of(row.get(0, i) * row.get(1, i)))),
    MULTIPLY_ADD(
        (k, a, at, n) -> {
          k.multiplyAdd(a[0], at[0], a[1], at[1], a[2], at[2], n);
          return 0;
        },
        new Output(2, (row, i) -> Expected.of(row.get(0, i) * row.get(1, i) + row.get(2, i)))),
    ADD_SILU(
        (k, a, at, n) -> {
          k.addSilu(a[0], at[0], a[1], at[1], n);
          return 0;
        },
        new Output(
            1,
            (row, i) ->
                Expected.of(row.get(1, i) + row.get(0, i) / (1 + Math.exp(-row.get(0, i)))))),
    AXPY(
        (k, a, at, n) -> {
          k.axpy(0.7f, a[0], at[0], a[1], at[1], n);
          return 0;
        },
        new Output(1, (row, i) -> Expected.of(row.get(0, i) * 0.7f + row.get(1, i)))),
    SCALE(
        (k, a, at, n) -> {
          k.scale(a[0], at[0], 0.7f, n);
          return 0;
        },
        new Output(0, (row, i) -> Expected.of(row.get(0, i) * 0.7f))),
    DOT(
        (k, a, at, n) -> k.dot(a[0], at[0], a[1], at[1], a[2], at[2], n),
        new Output(Output.RESULT, Kernel::dot)),
    MAX((k, a, at, n) -> k.max(a[0], at[0], n), new Output(Output.RESULT, Kernel::max)),
    EXP_SUM(
        (k, a, at, n) -> k.expSum(a[0], at[0], n, 1.5f, 0.3f),
        new Output(0, Kernel::exp),
        new Output(Output.RESULT, Kernel::expSum)),
    KEYS(
        (k, a, at, n) -> {
          // k, a, κ and b share one offset, the weights another.
          k.keys(a[0], at[0], a[1], shift(a[2], at[2]), shift(a[3], at[3]), 1, a[4], a[5], n);
          return 0;
        },
        new Output(0, Kernel::mixedKey),
        new Output(4, RowKernelsTest::kappa),
        new Output(5, (row, i) -> Expected.of(kappa(row, i).value() * row.get(1, i))));

    private final Call call;
    private final Output[] outputs;

    Kernel(Call call, Output... outputs) {
      this.call = call;
      this.outputs = outputs;
    }

    boolean writes(int array) {
      return Arrays.stream(outputs).anyMatch(output -> output.array() == array);
    }

    private static Expected dot(Row row, int ignored) {
      double[] terms =
          IntStream.range(0, row.n())
              .mapToDouble(i -> row.get(0, i) * row.get(1, i) * row.get(2, i))
              .toArray();
      double magnitude = Arrays.stream(terms).map(Math::abs).sum();
      return new Expected(Arrays.stream(terms).sum(), magnitude);
    }

    private static Expected max(Row row, int ignored) {
      return new Expected(
          IntStream.range(0, row.n()).mapToDouble(i -> row.get(0, i)).max().orElseThrow(), 0);
    }

    private static Expected exp(Row row, int i) {
      return Expected.of(Math.exp((row.get(0, i) - 1.5) * 0.3f));
    }

    private static Expected expSum(Row row, int ignored) {
      return Expected.of(IntStream.range(0, row.n()).mapToDouble(i -> exp(row, i).value()).sum());
    }

    private static Expected mixedKey(Row row, int i) {
      return Expected.of(row.get(0, i) * (1 + (row.get(1, i) - 1) * row.get(3, i)));
    }
  }

  /**
   * @param array which array is written, or {@link #RESULT}
   */
  private record Output(int array, Formula formula) {
    static final int RESULT = -1;
  }

  /** The elements from {@code at − 1} on: weights take one offset for both. */
  private static float[] shift(float[] array, int at) {
    return Arrays.copyOfRange(array, at - 1, array.length);
  }

  @ParameterizedTest
  @EnumSource
  void agreesWithItsFormulaAndItsTwin(Kernel kernel) {
    Numbers numbers = new Numbers(kernel.ordinal());
    Numbers.sizes()
        .forEach(n -> {
          int[] at = offsets(numbers, kernel);
          float[][] before = arrays(at, n, numbers::normal);
          float[][] after = copy(before);
          float result = kernel.call.run(scalar, after, at, n);
          assertTwin(kernel, before, at, n, after, result);
          Row row = new Row(before, at, n);
          double tolerance = Numbers.EPSILON * (n / 4.0 + 8);
          for (Output output : kernel.outputs) {
            int count = output.array() == Output.RESULT ? 1 : n;
            for (int i = 0; i < count; i++) {
              Expected expected = output.formula().element(row, i);
              float actual =
                  output.array() == Output.RESULT
                      ? result
                      : after[output.array()][at[output.array()] + i];
              assertClose(
                  kernel + " of " + n + ", element " + i,
                  actual,
                  expected.value(),
                  tolerance * expected.magnitude());
            }
          }
          for (int array = 0; array < ARRAYS; array++) {
            int end = kernel.writes(array) ? at[array] + n : at[array];
            assertUntouched(
                kernel + " of " + n + ", array " + array,
                after[array],
                before[array],
                at[array],
                end);
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void extremeNumbersMeetTheSameFate(Kernel kernel) {
    Numbers numbers = new Numbers(100 + kernel.ordinal());
    Numbers.sizes()
        .forEach(n -> {
          int[] at = offsets(numbers, kernel);
          float[][] before = arrays(at, n, numbers::extreme);
          float[][] after = copy(before);
          float result = kernel.call.run(scalar, after, at, n);
          assertTwin(kernel, before, at, n, after, result);
        });
  }

  @Test
  void sixTokenShiftsAreSixLerps() {
    Numbers numbers = new Numbers(200);
    Numbers.sizes()
        .forEach(n -> {
          int stride = n + numbers.below(GUARD);
          float[] x = numbers.normal(3 + n);
          float[] previous = numbers.normal(5 + n);
          float[] amounts = numbers.normal(Kernels.MIXES * n);
          float[] expected = numbers.normal(7 + Kernels.MIXES * stride + GUARD);
          float[] once = expected.clone();
          float[] twin = expected.clone();
          for (int mix = 0; mix < Kernels.MIXES; mix++) {
            scalar.lerp(x, 3, previous, 5, amounts, mix * n, expected, 7 + mix * stride, n);
          }
          scalar.lerps(x, 3, previous, 5, amounts, once, 7, stride, n);
          vector.lerps(x, 3, previous, 5, amounts, twin, 7, stride, n);
          assertSameBits("scalar, " + n, once, expected);
          assertSameBits("vector, " + n, twin, expected);
        });
  }

  private void assertTwin(
      Kernel kernel, float[][] before, int[] at, int n, float[][] expected, float result) {
    float[][] actual = copy(before);
    float twin = kernel.call.run(vector, actual, at, n);
    assertSameBits(kernel + " of " + n, new float[] {twin}, new float[] {result});
    for (int array = 0; array < ARRAYS; array++) {
      assertSameBits(kernel + " of " + n + ", array " + array, actual[array], expected[array]);
    }
  }

  private static int[] offsets(Numbers numbers, Kernel kernel) {
    int[] at = new int[ARRAYS];
    Arrays.setAll(at, i -> 1 + numbers.below(GUARD));
    if (kernel == Kernel.KEYS) {
      at[1] = at[0];
      at[4] = at[0];
      at[5] = at[0];
    }
    return at;
  }

  private interface Source {
    float[] take(int n);
  }

  private static float[][] arrays(int[] at, int n, Source source) {
    float[][] arrays = new float[ARRAYS][];
    Arrays.setAll(arrays, i -> source.take(at[i] + n + GUARD));
    return arrays;
  }

  private static float[][] copy(float[][] arrays) {
    return Arrays.stream(arrays).map(float[]::clone).toArray(float[][]::new);
  }
}
