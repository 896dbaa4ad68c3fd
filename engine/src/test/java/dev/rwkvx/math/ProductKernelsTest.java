package dev.rwkvx.math;

import static dev.rwkvx.math.Numbers.assertClose;
import static dev.rwkvx.math.Numbers.assertSameBits;
import static dev.rwkvx.math.Numbers.assertUntouched;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Matrix products: both implementations give the same bits and agree with the formula. */
class ProductKernelsTest {
  private static final int PANEL = Kernels.PANEL;
  private static final int GUARD = 37;

  private final Kernels scalar = new ScalarKernels();
  private final Kernels vector = new VectorKernels();

  @ParameterizedTest
  @EnumSource
  void matvec(WeightType type) {
    Numbers numbers = new Numbers(type.ordinal());
    for (int from : new int[] {0, Kernels.BLOCK}) {
      sizes(type)
          .filter(count -> count <= Kernels.BLOCK)
          .forEach(count -> matvec(type, from, count, numbers));
    }
  }

  private void matvec(WeightType type, int from, int count, Numbers numbers) {
    Panels panels = Panels.random(type, PANEL, from + count, count);
    int byteOffset = numbers.below(70);
    MemorySegment weights = displaced(panels, byteOffset);
    int xAt = numbers.below(GUARD);
    float[] x = numbers.normal(xAt + count);
    float[] before = numbers.normal(3 * PANEL + GUARD);
    String what = "%s, %d inputs from %d".formatted(type, count, from);
    float[] sums = before.clone();
    scalar.matvec(type, weights, byteOffset, from, count, x, xAt, sums);
    float[] twin = before.clone();
    vector.matvec(type, weights, byteOffset, from, count, x, xAt, twin);
    assertSameBits(what, Arrays.copyOf(twin, PANEL), Arrays.copyOf(sums, PANEL));
    assertUntouched(what, sums, before, 0, 3 * PANEL);
    assertUntouched(what, twin, before, 0, 3 * PANEL);
    for (int out = 0; out < PANEL; out++) {
      double expected = 0;
      double magnitude = 0;
      for (int i = 0; i < count; i++) {
        double term = x[xAt + i] * panels.value(out, from + i);
        expected += term;
        magnitude += Math.abs(term);
      }
      double tolerance = Numbers.EPSILON * (count + 2) * magnitude;
      assertClose(what + ", output " + out, sums[out], expected, tolerance);
    }
  }

  /** Quantised weights come in groups of 32 inputs. */
  private static IntStream sizes(WeightType type) {
    return type.isQuantized() ? IntStream.of(32, 64, 96, 128, 480, 512, 1120) : Numbers.sizes();
  }

  @ParameterizedTest
  @EnumSource
  void unpack(WeightType type) {
    Numbers numbers = new Numbers(10 + type.ordinal());
    int step = type.isQuantized() ? QuantizedLayout.GROUP : 1;
    sizes(type)
        .forEach(inputs -> {
          Panels panels = Panels.random(type, PANEL, inputs, inputs);
          int byteOffset = numbers.below(70);
          MemorySegment weights = displaced(panels, byteOffset);
          int from = step * numbers.below(inputs / step);
          int count = step * (1 + numbers.below((inputs - from) / step));
          int stride = PANEL + numbers.below(GUARD);
          int at = numbers.below(GUARD);
          String what = "%s, %d from %d of %d".formatted(type, count, from, inputs);
          float[] before = numbers.normal(at + count * stride + GUARD);
          float[] out = before.clone();
          scalar.unpack(type, weights, byteOffset, from, count, out, at, stride);
          float[] twin = before.clone();
          vector.unpack(type, weights, byteOffset, from, count, twin, at, stride);
          assertSameBits(what, twin, out);
          float[] expected = before.clone();
          for (int i = 0; i < count; i++) {
            for (int lane = 0; lane < PANEL; lane++) {
              expected[at + i * stride + lane] = (float) panels.value(lane, from + i);
            }
          }
          assertSameBits(what, out, expected);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {Kernels.TILE_ROWS, Kernels.LOW_TILE_ROWS})
  void tile(int rows) {
    int columns = Kernels.TILE_COLUMNS;
    Numbers numbers = new Numbers(20);
    Numbers.sizes()
        .filter(inputs -> inputs <= Kernels.BLOCK)
        .forEach(inputs -> {
          int aAt = numbers.below(GUARD);
          int stride = inputs + numbers.below(GUARD);
          float[] a = numbers.normal(aAt + rows * stride);
          float[] b = numbers.normal(inputs * columns);
          float[] before = numbers.normal(rows * columns + GUARD);
          float[] c = before.clone();
          scalar.tile(a, aAt, stride, rows, inputs, b, c, 0, columns);
          float[] twin = before.clone();
          vector.tile(a, aAt, stride, rows, inputs, b, twin, 0, columns);
          assertSameBits(inputs + " inputs", twin, c);
          assertUntouched(inputs + " inputs", c, before, 0, rows * columns);
          for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
              double expected = 0;
              double magnitude = 0;
              for (int i = 0; i < inputs; i++) {
                double term = (double) a[aAt + row * stride + i] * b[i * columns + column];
                expected += term;
                magnitude += Math.abs(term);
              }
              double tolerance = Numbers.EPSILON * (inputs + 2) * magnitude;
              assertClose("sum", c[row * columns + column], expected, tolerance);
            }
          }
        });
  }

  /** A packed panel that starts at byte {@code offset}. */
  private static MemorySegment displaced(Panels panels, int offset) {
    MemorySegment packed = panels.pack().panels();
    MemorySegment weights = Arena.ofAuto().allocate(offset + packed.byteSize(), 64);
    weights.asSlice(offset).copyFrom(packed);
    return weights;
  }
}
