package dev.rwkvx.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Interleaved rows of matrix products, and their register tiles; see {@link
 * Kernels#addInterleavedTile}.
 */
final class VectorStrips {
  private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
  private static final int LANES = FLOATS.length();
  private static final int TILE_COLUMNS = Kernels.TILE_COLUMNS;

  /** What copies six elements and two more. */
  private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;

  private VectorStrips() {}

  /** See {@link GradientKernels#interleave}. */
  static void interleave(
      float[] x,
      int xOffset,
      int xStride,
      int rows,
      int columns,
      float[] y,
      int yOffset,
      int yStride) {
    // The two more are those of the next row, which is copied later: all but the last one can.
    int vectorRows = LANES < EIGHT.length() ? 0 : rows - 1;
    int strips = Math.max(0, (columns - 2) / 6);
    for (int row = 0; row < vectorRows; row++) {
      int from = xOffset + row * xStride;
      int to = yOffset + row * 6;
      for (int strip = 0; strip < strips; strip++) {
        FloatVector.fromArray(EIGHT, x, from).intoArray(y, to);
        from += 6;
        to += yStride;
      }
      ScalarGradientKernels.interleaveRow(x, from, columns - strips * 6, y, to, yStride);
    }
    for (int row = Math.max(0, vectorRows); row < rows; row++) {
      int from = xOffset + row * xStride;
      ScalarGradientKernels.interleaveRow(x, from, columns, y, yOffset + row * 6, yStride);
    }
  }

  /** Six interleaved rows × four vectors, added to C. */
  static void interleaved6x4(
      float[] a, int aOffset, int inputs, float[] b, float[] c, int cOffset, int cStride) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = c00, c02 = c00, c03 = c00;
    FloatVector c10 = c00, c11 = c00, c12 = c00, c13 = c00;
    FloatVector c20 = c00, c21 = c00, c22 = c00, c23 = c00;
    FloatVector c30 = c00, c31 = c00, c32 = c00, c33 = c00;
    FloatVector c40 = c00, c41 = c00, c42 = c00, c43 = c00;
    FloatVector c50 = c00, c51 = c00, c52 = c00, c53 = c00;
    for (int i = 0; i < inputs; i++) {
      int row = i * TILE_COLUMNS;
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, row);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, row + LANES);
      FloatVector b2 = FloatVector.fromArray(FLOATS, b, row + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(FLOATS, b, row + 3 * LANES);
      FloatVector x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      c02 = x.fma(b2, c02);
      c03 = x.fma(b3, c03);
      x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i + 1]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      c12 = x.fma(b2, c12);
      c13 = x.fma(b3, c13);
      x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i + 2]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      c22 = x.fma(b2, c22);
      c23 = x.fma(b3, c23);
      x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i + 3]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      c32 = x.fma(b2, c32);
      c33 = x.fma(b3, c33);
      x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i + 4]);
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      c42 = x.fma(b2, c42);
      c43 = x.fma(b3, c43);
      x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i + 5]);
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
      c52 = x.fma(b2, c52);
      c53 = x.fma(b3, c53);
    }
    int at = cOffset;
    c00.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c01.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
    c02.add(FloatVector.fromArray(FLOATS, c, at + 2 * LANES)).intoArray(c, at + 2 * LANES);
    c03.add(FloatVector.fromArray(FLOATS, c, at + 3 * LANES)).intoArray(c, at + 3 * LANES);
    at = at + cStride;
    c10.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c11.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
    c12.add(FloatVector.fromArray(FLOATS, c, at + 2 * LANES)).intoArray(c, at + 2 * LANES);
    c13.add(FloatVector.fromArray(FLOATS, c, at + 3 * LANES)).intoArray(c, at + 3 * LANES);
    at = at + cStride;
    c20.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c21.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
    c22.add(FloatVector.fromArray(FLOATS, c, at + 2 * LANES)).intoArray(c, at + 2 * LANES);
    c23.add(FloatVector.fromArray(FLOATS, c, at + 3 * LANES)).intoArray(c, at + 3 * LANES);
    at = at + cStride;
    c30.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c31.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
    c32.add(FloatVector.fromArray(FLOATS, c, at + 2 * LANES)).intoArray(c, at + 2 * LANES);
    c33.add(FloatVector.fromArray(FLOATS, c, at + 3 * LANES)).intoArray(c, at + 3 * LANES);
    at = at + cStride;
    c40.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c41.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
    c42.add(FloatVector.fromArray(FLOATS, c, at + 2 * LANES)).intoArray(c, at + 2 * LANES);
    c43.add(FloatVector.fromArray(FLOATS, c, at + 3 * LANES)).intoArray(c, at + 3 * LANES);
    at = at + cStride;
    c50.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c51.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
    c52.add(FloatVector.fromArray(FLOATS, c, at + 2 * LANES)).intoArray(c, at + 2 * LANES);
    c53.add(FloatVector.fromArray(FLOATS, c, at + 3 * LANES)).intoArray(c, at + 3 * LANES);
  }

  /** Six interleaved rows × two vectors, added to C. */
  static void interleaved6x2(
      float[] a,
      int aOffset,
      int inputs,
      float[] b,
      int column,
      float[] c,
      int cOffset,
      int cStride) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = c00;
    FloatVector c10 = c00, c11 = c00;
    FloatVector c20 = c00, c21 = c00;
    FloatVector c30 = c00, c31 = c00;
    FloatVector c40 = c00, c41 = c00;
    FloatVector c50 = c00, c51 = c00;
    for (int i = 0; i < inputs; i++) {
      int row = i * TILE_COLUMNS + column;
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, row);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, row + LANES);
      FloatVector x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i + 1]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i + 2]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i + 3]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i + 4]);
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      x = FloatVector.broadcast(FLOATS, a[aOffset + 6 * i + 5]);
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
    }
    int at = cOffset;
    c00.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c01.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
    at = at + cStride;
    c10.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c11.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
    at = at + cStride;
    c20.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c21.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
    at = at + cStride;
    c30.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c31.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
    at = at + cStride;
    c40.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c41.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
    at = at + cStride;
    c50.add(FloatVector.fromArray(FLOATS, c, at)).intoArray(c, at);
    c51.add(FloatVector.fromArray(FLOATS, c, at + LANES)).intoArray(c, at + LANES);
  }
}
