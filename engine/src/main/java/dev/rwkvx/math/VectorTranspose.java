package dev.rwkvx.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes in squares of as many rows as a vector has lanes. The off-diagonal quarters of a
 * square are exchanged, then those of its quarters, and so on: two such steps at a time, so that a
 * square goes through memory twice.
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
    switch (SQUARE) {
      case 16 -> steps8And4(x, at, xStride, y, to, yStride);
      case 8 -> step4(x, at, xStride, y, to, yStride);
      default -> copy(x, at, xStride, y, to, yStride);
    }
    steps2And1(y, to, yStride);
  }

  /** What {@code top} keeps to the left and {@code bottom} has there, to the right. */
  private static FloatVector upper(
      FloatVector top, FloatVector bottom, VectorShuffle<Float> other, VectorMask<Float> right) {
    return top.blend(bottom.rearrange(other), right);
  }

  /** What {@code top} has to the right, to the left, and {@code bottom} keeps to the right. */
  private static FloatVector lower(
      FloatVector top, FloatVector bottom, VectorShuffle<Float> other, VectorMask<Float> right) {
    return top.rearrange(other).blend(bottom, right);
  }

  private static void steps8And4(float[] x, int at, int xStride, float[] y, int to, int yStride) {
    for (int i = 0; i < 4; i++) {
      int from = at + i * xStride;
      FloatVector a = FloatVector.fromArray(FLOATS, x, from);
      FloatVector b = FloatVector.fromArray(FLOATS, x, from + 4 * xStride);
      FloatVector c = FloatVector.fromArray(FLOATS, x, from + 8 * xStride);
      FloatVector d = FloatVector.fromArray(FLOATS, x, from + 12 * xStride);
      FloatVector a8 = upper(a, c, OTHER_8, RIGHT_8);
      FloatVector b8 = upper(b, d, OTHER_8, RIGHT_8);
      FloatVector c8 = lower(a, c, OTHER_8, RIGHT_8);
      FloatVector d8 = lower(b, d, OTHER_8, RIGHT_8);
      int row = to + i * yStride;
      upper(a8, b8, OTHER_4, RIGHT_4).intoArray(y, row);
      lower(a8, b8, OTHER_4, RIGHT_4).intoArray(y, row + 4 * yStride);
      upper(c8, d8, OTHER_4, RIGHT_4).intoArray(y, row + 8 * yStride);
      lower(c8, d8, OTHER_4, RIGHT_4).intoArray(y, row + 12 * yStride);
    }
  }

  private static void step4(float[] x, int at, int xStride, float[] y, int to, int yStride) {
    for (int i = 0; i < 4; i++) {
      FloatVector a = FloatVector.fromArray(FLOATS, x, at + i * xStride);
      FloatVector b = FloatVector.fromArray(FLOATS, x, at + (i + 4) * xStride);
      upper(a, b, OTHER_4, RIGHT_4).intoArray(y, to + i * yStride);
      lower(a, b, OTHER_4, RIGHT_4).intoArray(y, to + (i + 4) * yStride);
    }
  }

  private static void copy(float[] x, int at, int xStride, float[] y, int to, int yStride) {
    for (int i = 0; i < SQUARE; i++) {
      FloatVector.fromArray(FLOATS, x, at + i * xStride).intoArray(y, to + i * yStride);
    }
  }

  private static void steps2And1(float[] y, int at, int stride) {
    for (int i = 0; i < SQUARE; i += 4) {
      int row = at + i * stride;
      FloatVector a = FloatVector.fromArray(FLOATS, y, row);
      FloatVector b = FloatVector.fromArray(FLOATS, y, row + stride);
      FloatVector c = FloatVector.fromArray(FLOATS, y, row + 2 * stride);
      FloatVector d = FloatVector.fromArray(FLOATS, y, row + 3 * stride);
      FloatVector a2 = upper(a, c, OTHER_2, RIGHT_2);
      FloatVector b2 = upper(b, d, OTHER_2, RIGHT_2);
      FloatVector c2 = lower(a, c, OTHER_2, RIGHT_2);
      FloatVector d2 = lower(b, d, OTHER_2, RIGHT_2);
      upper(a2, b2, OTHER_1, RIGHT_1).intoArray(y, row);
      lower(a2, b2, OTHER_1, RIGHT_1).intoArray(y, row + stride);
      upper(c2, d2, OTHER_1, RIGHT_1).intoArray(y, row + 2 * stride);
      lower(c2, d2, OTHER_1, RIGHT_1).intoArray(y, row + 3 * stride);
    }
  }
}
