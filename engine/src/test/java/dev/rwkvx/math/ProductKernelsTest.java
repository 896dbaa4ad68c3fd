package dev.rwkvx.math;

import static dev.rwkvx.math.Numbers.assertClose;
import static dev.rwkvx.math.Numbers.assertSameBits;
import static dev.rwkvx.math.Numbers.assertUntouched;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Matrix products: both implementations give the same bits and agree with the formula. */
class ProductKernelsTest {
  private static final int PANEL = Kernels.PANEL;
  private static final int GUARD = 37;

  private final Kernels scalar = new ScalarKernels();
  private final Kernels vector = new VectorKernels();

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F16"})
  void product(WeightType type) {
    Numbers numbers = new Numbers(type.ordinal());
    for (int from : new int[] {0, Kernels.BLOCK}) {
      Numbers.sizes()
          .filter(count -> count <= Kernels.BLOCK)
          .forEach(count -> product(type, from, count, 1 + count % Kernels.ROWS, numbers));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F16"})
  void productOfAnyNumberOfRows(WeightType type) {
    Numbers numbers = new Numbers(30 + type.ordinal());
    for (int rows = 1; rows <= Kernels.ROWS; rows++) {
      product(type, 0, 67, rows, numbers);
    }
  }

  private void product(WeightType type, int from, int count, int rows, Numbers numbers) {
    Panels panels = Panels.random(type, PANEL, from + count, count);
    int byteOffset = numbers.below(70);
    MemorySegment weights = displaced(panels, byteOffset);
    int xAt = numbers.below(GUARD);
    int xStride = count + numbers.below(GUARD);
    float[] x = numbers.normal(xAt + rows * xStride);
    int yAt = numbers.below(GUARD);
    int yStride = PANEL + numbers.below(GUARD);
    float[] before = numbers.normal(yAt + rows * yStride + GUARD);
    String what = "%s, %d rows, %d inputs from %d".formatted(type, rows, count, from);
    float[] y = before.clone();
    scalar.product(type, weights, byteOffset, from, count, rows, x, xAt, xStride, y, yAt, yStride);
    float[] twin = before.clone();
    vector.product(
        type, weights, byteOffset, from, count, rows, x, xAt, xStride, twin, yAt, yStride);
    // What stands between the rows and around them must be left alone by both.
    assertSameBits(what, twin, y);
    float[] expected = before.clone();
    for (int row = 0; row < rows; row++) {
      for (int out = 0; out < PANEL; out++) {
        double sum = 0;
        double magnitude = 0;
        for (int i = 0; i < count; i++) {
          double term = x[xAt + row * xStride + i] * panels.value(out, from + i);
          sum += term;
          magnitude += Math.abs(term);
        }
        int at = yAt + row * yStride + out;
        double tolerance = Numbers.EPSILON * (count + 2) * magnitude;
        assertClose(what + ", output " + out, y[at], sum, tolerance);
        expected[at] = y[at];
      }
    }
    assertSameBits(what + ", around the sums", y, expected);
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8", "Q4"})
  void addQuantized(WeightType type) {
    Numbers numbers = new Numbers(40 + type.ordinal());
    for (int groups : new int[] {1, 2, 3, 24}) {
      for (int rows : new int[] {1, 2, 3, 4, 7, 8, 9, 20}) {
        addQuantized(type, groups, rows, numbers);
      }
    }
  }

  private void addQuantized(WeightType type, int groups, int rows, Numbers numbers) {
    int inputs = groups * QuantizedLayout.GROUP;
    Panels panels = Panels.random(type, PANEL, inputs, rows);
    int byteOffset = numbers.below(70);
    MemorySegment weights = displaced(panels, byteOffset);
    int xAt = numbers.below(GUARD);
    int xStride = inputs + numbers.below(GUARD);
    float[] x = numbers.normal(xAt + rows * xStride);
    float[] sums = new float[rows * groups];
    for (int row = 0; row < rows; row++) {
      scalar.groupSums(x, xAt + row * xStride, groups, sums, row * groups);
      float[] twin = new float[groups];
      vector.groupSums(x, xAt + row * xStride, groups, twin, 0);
      float[] some = Arrays.copyOfRange(sums, row * groups, (row + 1) * groups);
      assertSameBits("group sums", twin, some);
    }
    int yAt = numbers.below(GUARD);
    int yStride = PANEL + numbers.below(GUARD);
    float[] before = numbers.normal(yAt + rows * yStride + GUARD);
    String what = "%s, %d rows, %d groups".formatted(type, rows, groups);
    float[] y =
        add(
            scalar,
            type,
            weights,
            byteOffset,
            groups,
            rows,
            x,
            xAt,
            xStride,
            sums,
            before,
            yAt,
            yStride);
    float[] twin =
        add(
            vector,
            type,
            weights,
            byteOffset,
            groups,
            rows,
            x,
            xAt,
            xStride,
            sums,
            before,
            yAt,
            yStride);
    assertSameBits(what, twin, y);
    float[] expected = before.clone();
    for (int row = 0; row < rows; row++) {
      for (int out = 0; out < PANEL; out++) {
        int at = yAt + row * yStride + out;
        double sum = before[at];
        double magnitude = Math.abs(sum);
        for (int i = 0; i < inputs; i++) {
          float factor = x[xAt + row * xStride + i];
          sum += factor * panels.value(out, i);
          // Codes are summed up on top of a base of up to 256.
          float scale = QuantizedLayout.scale(type, weights, byteOffset, i / 32, out);
          magnitude += Math.abs(factor) * scale * 512;
        }
        double tolerance = Numbers.EPSILON * 34 * magnitude;
        assertClose(what + ", output " + out, y[at], sum, tolerance);
        expected[at] = y[at];
      }
    }
    assertSameBits(what + ", around the sums", y, expected);
  }

  private static float[] add(
      Kernels kernels,
      WeightType type,
      MemorySegment weights,
      int offset,
      int groups,
      int rows,
      float[] x,
      int xAt,
      int xStride,
      float[] sums,
      float[] before,
      int yAt,
      int yStride) {
    float[] y = before.clone();
    QuantizedScratch scratch = new QuantizedScratch();
    kernels.addQuantized(
        type, weights, offset, groups, rows, x, xAt, xStride, sums, 0, y, yAt, yStride, scratch);
    return y;
  }

  @ParameterizedTest
  @CsvSource({
    Kernels.TILE_ROWS + ", " + Kernels.TILE_COLUMNS + ", false",
    Kernels.TILE_ROWS + ", " + Kernels.TILE_COLUMNS + ", true",
    Kernels.TILE_ROWS + ", " + Kernels.NARROW_TILE_COLUMNS + ", false",
    Kernels.TILE_ROWS + ", " + Kernels.NARROW_TILE_COLUMNS + ", true",
    Kernels.LOW_TILE_ROWS + ", " + Kernels.TILE_COLUMNS + ", false",
    Kernels.LOW_TILE_ROWS + ", " + Kernels.TILE_COLUMNS + ", true",
    Kernels.LOW_TILE_ROWS + ", " + Kernels.NARROW_TILE_COLUMNS + ", false",
    Kernels.LOW_TILE_ROWS + ", " + Kernels.NARROW_TILE_COLUMNS + ", true"
  })
  void tile(int rows, int columns, boolean add) {
    int bStride = Kernels.TILE_COLUMNS;
    Numbers numbers = new Numbers(20);
    Numbers.sizes()
        .filter(inputs -> inputs <= Kernels.BLOCK)
        .forEach(inputs -> {
          int aAt = numbers.below(GUARD);
          int stride = inputs + numbers.below(GUARD);
          float[] a = numbers.normal(aAt + rows * stride);
          float[] b = numbers.normal(inputs * bStride);
          float[] before = numbers.normal(rows * columns + GUARD);
          float[] c = before.clone();
          scalar.tile(a, aAt, stride, rows, inputs, b, columns, c, 0, columns, add);
          float[] twin = before.clone();
          vector.tile(a, aAt, stride, rows, inputs, b, columns, twin, 0, columns, add);
          assertSameBits(inputs + " inputs", twin, c);
          assertUntouched(inputs + " inputs", c, before, 0, rows * columns);
          for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
              double expected = add ? before[row * columns + column] : 0;
              double magnitude = Math.abs(expected);
              for (int i = 0; i < inputs; i++) {
                double term = (double) a[aAt + row * stride + i] * b[i * bStride + column];
                expected += term;
                magnitude += Math.abs(term);
              }
              double tolerance = Numbers.EPSILON * (inputs + 2) * magnitude;
              assertClose("sum", c[row * columns + column], expected, tolerance);
            }
          }
        });
  }

  /** The interleaved tile gives the bits of the other one. */
  @ParameterizedTest
  @ValueSource(ints = {Kernels.TILE_COLUMNS, Kernels.NARROW_TILE_COLUMNS})
  void interleavedTile(int columns) {
    int rows = Kernels.TILE_ROWS;
    int stride = columns + 3;
    Numbers numbers = new Numbers(21);
    Numbers.sizes()
        .filter(inputs -> inputs <= Kernels.BLOCK)
        .forEach(inputs -> {
          float[] a = numbers.normal(rows * inputs);
          float[] interleaved = new float[2 + rows * inputs];
          scalar
              .gradients()
              .interleave(
                  transposed(a, rows, inputs),
                  0,
                  rows,
                  inputs,
                  rows,
                  interleaved,
                  2,
                  rows * inputs);
          float[] b = numbers.normal(inputs * Kernels.TILE_COLUMNS);
          float[] before = numbers.normal(5 + rows * stride + GUARD);
          float[] expected = before.clone();
          scalar.tile(a, 0, inputs, rows, inputs, b, columns, expected, 5, stride, true);
          float[] actual = before.clone();
          scalar.addInterleavedTile(interleaved, 2, inputs, b, columns, actual, 5, stride);
          assertSameBits(inputs + " inputs, scalar", actual, expected);
          float[] twin = before.clone();
          vector.addInterleavedTile(interleaved, 2, inputs, b, columns, twin, 5, stride);
          assertSameBits(inputs + " inputs, vector", twin, expected);
        });
  }

  private static float[] transposed(float[] x, int rows, int columns) {
    float[] y = new float[x.length];
    new ScalarKernels().gradients().transpose(x, 0, columns, rows, columns, y, 0, rows);
    return y;
  }

  /** A packed panel that starts at byte {@code offset}. */
  private static MemorySegment displaced(Panels panels, int offset) {
    MemorySegment packed = panels.pack().panels();
    MemorySegment weights = Arena.ofAuto().allocate(offset + packed.byteSize(), 64);
    weights.asSlice(offset).copyFrom(packed);
    return weights;
  }
}
