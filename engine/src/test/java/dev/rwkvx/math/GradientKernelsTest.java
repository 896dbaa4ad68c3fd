package dev.rwkvx.math;

import static dev.rwkvx.math.Numbers.assertSameBits;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The backward kernels: scalar and vector twins give the same bits at every length and offset, and
 * touch nothing else. What they compute is held by the gradients of whole models.
 */
class GradientKernelsTest {
  private static final int GUARD = 19;

  /** Arrays of one call, made anew for each twin from the same numbers. */
  private static final class Arguments {
    private final Numbers numbers;
    private final int length;
    private final List<float[]> arrays = new ArrayList<>();

    Arguments(long seed, int length) {
      numbers = new Numbers(seed);
      this.length = length;
    }

    float[] any() {
      return keep(numbers.normal(length));
    }

    float[] extreme() {
      return keep(numbers.extreme(length));
    }

    float[] within(double from, double to) {
      return keep(numbers.uniform(length, from, to));
    }

    float[] keep(float[] array) {
      arrays.add(array);
      return array;
    }
  }

  /** A call of one kernel on n elements from {@code at} on. */
  private interface Call {
    void run(GradientKernels kernels, Arguments make, int at, int n);
  }

  private record Kernel(String name, Call call) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Kernel> kernels() {
    return Stream.of(
        new Kernel(
            "dot",
            (k, make, at, n) -> make.keep(new float[] {k.dot(make.any(), at, make.any(), 3, n)})),
        new Kernel(
            "squares", (k, make, at, n) -> make.keep(new float[] {k.squares(make.any(), at, n)})),
        new Kernel("exp", (k, make, at, n) -> k.exp(-0.6f, make.extreme(), at, make.any(), 3, n)),
        new Kernel(
            "layerNorm",
            (k, make, at, n) ->
                k.layerNorm(
                    make.any(),
                    at,
                    n,
                    make.any(),
                    3,
                    1e-5f,
                    make.any(),
                    make.any(),
                    5,
                    make.any(),
                    7,
                    make.any(),
                    make.any(),
                    2)),
        new Kernel(
            "lerp",
            (k, make, at, n) ->
                k.lerp(
                    make.any(),
                    at,
                    make.any(),
                    3,
                    make.any(),
                    5,
                    make.any(),
                    7,
                    make.any(),
                    2,
                    make.any(),
                    4,
                    make.any(),
                    6,
                    n)),
        new Kernel(
            "sigmoid", (k, make, at, n) -> k.sigmoid(make.within(0, 1), make.extreme(), at, n)),
        new Kernel("silu", (k, make, at, n) -> k.silu(make.extreme(), at, make.any(), 3, n)),
        new Kernel("tanh", (k, make, at, n) -> k.tanh(make.within(-1, 1), make.extreme(), at, n)),
        new Kernel(
            "reluSquared",
            (k, make, at, n) -> k.reluSquared(make.within(0, 9), make.extreme(), at, n)),
        new Kernel(
            "decay",
            (k, make, at, n) ->
                k.decay(make.within(0, 1), make.within(0.5, 1), make.extreme(), at, n)),
        new Kernel(
            "keys",
            (k, make, at, n) ->
                k.keys(
                    make.any(),
                    make.within(0, 1),
                    make.any(),
                    at,
                    make.any(),
                    make.any(),
                    3,
                    make.any(),
                    make.any(),
                    make.any(),
                    make.any(),
                    make.any(),
                    make.any(),
                    5,
                    n)),
        new Kernel(
            "keys of nothing",
            (k, make, at, n) ->
                k.keys(
                    make.within(-1e-15, 1e-15),
                    make.within(0, 1),
                    make.any(),
                    at,
                    make.any(),
                    make.any(),
                    3,
                    make.any(),
                    make.any(),
                    make.any(),
                    make.any(),
                    make.any(),
                    make.any(),
                    5,
                    n)),
        new Kernel(
            "bonus",
            (k, make, at, n) ->
                k.bonus(
                    0.3f,
                    make.any(),
                    make.any(),
                    at,
                    make.any(),
                    3,
                    make.any(),
                    make.any(),
                    make.any(),
                    5,
                    n)),
        new Kernel(
            "expDifference",
            (k, make, at, n) -> k.expDifference(make.extreme(), at, n, 0.7f, 0.125f)),
        new Kernel(
            "softmax",
            (k, make, at, n) -> k.softmax(make.within(0, 1), make.extreme(), at, n, 0.1f, 0.125f)),
        new Kernel(
            "adamW",
            (k, make, at, n) ->
                k.adamW(
                    make.any(),
                    make.extreme(),
                    make.any(),
                    make.within(0, 1),
                    at,
                    at + n,
                    0.5f,
                    0.99f,
                    0.9f,
                    0.99f,
                    1e-3f,
                    1.2f,
                    1e-18f)));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void twins(Kernel kernel) {
    Numbers.sizes()
        .forEach(n -> {
          int at = n % 5;
          Arguments scalar = run(new ScalarKernels(), kernel, at, n);
          Arguments vector = run(new VectorKernels(), kernel, at, n);
          for (int i = 0; i < scalar.arrays.size(); i++) {
            assertSameBits(n + " elements, array " + i, vector.arrays.get(i), scalar.arrays.get(i));
          }
        });
  }

  private static Arguments run(Kernels kernels, Kernel kernel, int at, int n) {
    Arguments arguments = new Arguments(n, n + GUARD);
    kernel.call.run(kernels.gradients(), arguments, at, n);
    return arguments;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16, 33, 64, 100})
  void transpose(int rows) {
    for (int columns : new int[] {1, 3, 16, 17, 64, 130}) {
      int xStride = columns + 2;
      int yStride = rows + 3;
      Numbers numbers = new Numbers(columns);
      float[] x = numbers.normal(4 + rows * xStride);
      float[] expected = numbers.normal(6 + columns * yStride);
      float[] actual = expected.clone();
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          expected[6 + j * yStride + i] = x[4 + i * xStride + j];
        }
      }
      float[] twin = actual.clone();
      new ScalarKernels().gradients().transpose(x, 4, xStride, rows, columns, actual, 6, yStride);
      assertSameBits("scalar", actual, expected);
      new VectorKernels().gradients().transpose(x, 4, xStride, rows, columns, twin, 6, yStride);
      assertSameBits("vector", twin, expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1", "3, 5", "2, 6", "1, 7", "5, 8", "4, 12", "7, 13", "64, 14", "9, 96", "17, 100"
  })
  void interleave(int rows, int columns) {
    int strips = (columns + 5) / 6;
    int xStride = columns + 3;
    int yStride = rows * 6 + 4;
    Numbers numbers = new Numbers(rows + columns);
    // Nothing behind the last column: it must not be read.
    float[] x = numbers.normal(4 + (rows - 1) * xStride + columns);
    float[] before = numbers.normal(6 + strips * yStride + GUARD);
    float[] expected = before.clone();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < strips * 6; column++) {
        expected[6 + column / 6 * yStride + row * 6 + column % 6] =
            column < columns ? x[4 + row * xStride + column] : 0f;
      }
    }
    float[] actual = before.clone();
    new ScalarKernels().gradients().interleave(x, 4, xStride, rows, columns, actual, 6, yStride);
    assertSameBits("scalar", actual, expected);
    float[] twin = before.clone();
    new VectorKernels().gradients().interleave(x, 4, xStride, rows, columns, twin, 6, yStride);
    assertSameBits("vector", twin, expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16, 20, 24, 64, 100})
  void wkv7(int n) {
    for (int tokens : new int[] {1, 2, 7}) {
      List<float[]> scalar = wkv7(new ScalarKernels(), n, tokens);
      List<float[]> vector = wkv7(new VectorKernels(), n, tokens);
      for (int i = 0; i < scalar.size(); i++) {
        assertSameBits(
            "head of " + n + ", " + tokens + " tokens, array " + i, vector.get(i), scalar.get(i));
      }
    }
  }

  /** States and gradients of a run of tokens, whose vectors start at 3 and stand n + 5 apart. */
  private static List<float[]> wkv7(Kernels kernels, int n, int tokens) {
    int stride = n + 5;
    Arguments make = new Arguments(n, 3 + tokens * stride + GUARD);
    float[] r = make.any();
    float[] w = make.within(0.55, 1);
    float[] k = make.any();
    float[] v = make.any();
    float[] kappa = make.within(-0.2, 0.2);
    float[] b = make.within(-0.2, 0.2);
    float[] removed = make.any();
    float[] states = make.keep(new float[(tokens + 1) * n * n]);
    System.arraycopy(make.numbers.normal(n * n), 0, states, 0, n * n);
    float[] dy = make.any();
    float[] dr = make.any();
    kernels.gradients().wkv7States(states, n, tokens, w, k, v, b, removed, dy, dr, 3, stride);
    kernels
        .gradients()
        .wkv7(
            states,
            n,
            tokens,
            r,
            w,
            k,
            v,
            kappa,
            b,
            removed,
            dy,
            make.keep(make.numbers.normal(2 + n * n + GUARD)),
            2,
            make.any(),
            make.any(),
            make.any(),
            make.any(),
            make.any(),
            3,
            stride,
            new float[33 * n]);
    return make.arrays;
  }
}
