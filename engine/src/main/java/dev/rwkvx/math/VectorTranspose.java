package dev.rwkvx.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes in squares of as many rows as a vector has lanes. A square is transposed in place by
 * exchanging its off-diagonal quarters, then those of its quarters, and so on.
 */
final class VectorTranspose {
  private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
  private static final int SQUARE = FLOATS.length();

  private static final VectorShuffle<Float> OTHER_8 = other(8);
  private static final VectorShuffle<Float> OTHER_4 = other(4);
  private static final VectorShuffle<Float> OTHER_2 = other(2);
  private static final VectorShuffle<Float> OTHER_1 = other(1);
  private static final VectorMask<Float> RIGHT_8 = right(8);
  private static final VectorMask<Float> RIGHT_4 = right(4);
  private static final VectorMask<Float> RIGHT_2 = right(2);
  private static final VectorMask<Float> RIGHT_1 = right(1);

  private VectorTranspose() {}

  /** Every lane takes the value of its partner, {@code half} lanes away. */
  private static VectorShuffle<Float> other(int half) {
    return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ half) % SQUARE);
  }

  /** The lanes in the right halves of squares of 2 · {@code half}. */
  private static VectorMask<Float> right(int half) {
    boolean[] lanes = new boolean[SQUARE];
    for (int lane = 0; lane < SQUARE; lane++) {
      lanes[lane] = (lane & half) != 0;
    }
    return VectorMask.fromArray(FLOATS, lanes, 0);
  }

  static void run(
      float[] x,
      int xOffset,
      int xStride,
      int rows,
      int columns,
      float[] y,
      int yOffset,
      int yStride) {
    if (rows < SQUARE || columns < SQUARE) {
      ScalarGradientKernels.transposed(x, xOffset, xStride, rows, columns, y, yOffset, yStride);
      return;
    }
    // The last squares overlap those before them, where the sides are no multiples of a square.
    for (int column = 0; column < columns; column += SQUARE) {
      int j = Math.min(column, columns - SQUARE);
      for (int row = 0; row < rows; row += SQUARE) {
        int i = Math.min(row, rows - SQUARE);
        square(x, xOffset + i * xStride + j, xStride, y, yOffset + j * yStride + i, yStride);
      }
    }
  }

  private static void square(float[] x, int at, int xStride, float[] y, int to, int yStride) {
    for (int i = 0; i < SQUARE; i++) {
      FloatVector.fromArray(FLOATS, x, at + i * xStride).intoArray(y, to + i * yStride);
    }
    if (SQUARE >= 16) {
      exchange(y, to, yStride, 8, OTHER_8, RIGHT_8);
    }
    if (SQUARE >= 8) {
      exchange(y, to, yStride, 4, OTHER_4, RIGHT_4);
    }
    exchange(y, to, yStride, 2, OTHER_2, RIGHT_2);
    exchange(y, to, yStride, 1, OTHER_1, RIGHT_1);
  }

  /** Exchanges the right upper with the left lower quarters of squares of 2 · {@code half}. */
  private static void exchange(
      float[] y,
      int at,
      int stride,
      int half,
      VectorShuffle<Float> other,
      VectorMask<Float> right) {
    for (int pair = 0; pair < SQUARE / 2; pair++) {
      int upper = at + ((pair & -half) + pair) * stride;
      int lower = upper + half * stride;
      FloatVector top = FloatVector.fromArray(FLOATS, y, upper);
      FloatVector bottom = FloatVector.fromArray(FLOATS, y, lower);
      top.blend(bottom.rearrange(other), right).intoArray(y, upper);
      top.rearrange(other).blend(bottom, right).intoArray(y, lower);
    }
  }
}
