package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of one, four and eight rows with F32 panels; see {@link Matrix}. Each takes two vectors
 * of outputs, which stay in registers while the inputs pass by.
 *
 * <p>Of four or eight rows only the first {@code rows} exist; the kernels compute the last one
 * again in place of those that are missing.
 */
final class VectorPanels32 {
  private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
  private static final int LANES = FLOATS.length();
  private static final int ROW_BYTES_32 = Kernels.PANEL * Float.BYTES;
  private static final int VECTOR_BYTES = LANES * Float.BYTES;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private VectorPanels32() {}

  // Each method is longer than 325 bytes of code on purpose, or it would be merged into callers
  // that
  // are too large already. Single rows are unrolled by hand: the checks of an access cost more than
  // the access, and the
  // compiler leaves these loops as they are. Much more in one method, and it gives up keeping
  // vectors in registers. The last inputs have methods of their own: rare calls stay calls, and box
  // the vectors that cross them.

  static void f32x1(
      MemorySegment weights, long at, int n, float[] x, int xOffset, float[] y, int yOffset) {
    FloatVector low = FloatVector.zero(FLOATS);
    FloatVector high = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= n - 4; i += 4) {
      FloatVector x0 = broadcast(x, xOffset + i);
      low = floats(weights, at + (long) i * ROW_BYTES_32).fma(x0, low);
      high = floats(weights, at + (long) i * ROW_BYTES_32 + VECTOR_BYTES).fma(x0, high);
      FloatVector x1 = broadcast(x, xOffset + i + 1);
      low = floats(weights, at + (long) (i + 1) * ROW_BYTES_32).fma(x1, low);
      high = floats(weights, at + (long) (i + 1) * ROW_BYTES_32 + VECTOR_BYTES).fma(x1, high);
      FloatVector x2 = broadcast(x, xOffset + i + 2);
      low = floats(weights, at + (long) (i + 2) * ROW_BYTES_32).fma(x2, low);
      high = floats(weights, at + (long) (i + 2) * ROW_BYTES_32 + VECTOR_BYTES).fma(x2, high);
      FloatVector x3 = broadcast(x, xOffset + i + 3);
      low = floats(weights, at + (long) (i + 3) * ROW_BYTES_32).fma(x3, low);
      high = floats(weights, at + (long) (i + 3) * ROW_BYTES_32 + VECTOR_BYTES).fma(x3, high);
    }
    low.intoArray(y, yOffset);
    high.intoArray(y, yOffset + LANES);
    if (i < n) {
      f32Rest(weights, at, i, n, x, xOffset, y, yOffset);
    }
  }

  static void f32Rest(
      MemorySegment weights,
      long at,
      int i,
      int n,
      float[] x,
      int xOffset,
      float[] y,
      int yOffset) {
    FloatVector low = FloatVector.fromArray(FLOATS, y, yOffset);
    FloatVector high = FloatVector.fromArray(FLOATS, y, yOffset + LANES);
    for (; i < n; i++) {
      long row = at + (long) i * ROW_BYTES_32;
      FloatVector x0 = broadcast(x, xOffset + i);
      low = floats(weights, row).fma(x0, low);
      high = floats(weights, row + VECTOR_BYTES).fma(x0, high);
    }
    low.intoArray(y, yOffset);
    high.intoArray(y, yOffset + LANES);
  }

  static void f32x4(
      MemorySegment weights,
      long at,
      int n,
      int rows,
      float[] x,
      int x0,
      int xStride,
      float[] y,
      int y0,
      int yStride) {
    int x1 = rows > 1 ? x0 + xStride : x0;
    int x2 = rows > 2 ? x1 + xStride : x1;
    int x3 = rows > 3 ? x2 + xStride : x2;
    FloatVector low0 = FloatVector.zero(FLOATS);
    FloatVector high0 = low0;
    FloatVector low1 = low0, high1 = low0;
    FloatVector low2 = low0, high2 = low0;
    FloatVector low3 = low0, high3 = low0;
    for (int i = 0; i < n; i++) {
      FloatVector low = floats(weights, at + (long) i * ROW_BYTES_32);
      FloatVector high = floats(weights, at + (long) i * ROW_BYTES_32 + VECTOR_BYTES);
      FloatVector factor0 = broadcast(x, x0 + i);
      low0 = factor0.fma(low, low0);
      high0 = factor0.fma(high, high0);
      FloatVector factor1 = broadcast(x, x1 + i);
      low1 = factor1.fma(low, low1);
      high1 = factor1.fma(high, high1);
      FloatVector factor2 = broadcast(x, x2 + i);
      low2 = factor2.fma(low, low2);
      high2 = factor2.fma(high, high2);
      FloatVector factor3 = broadcast(x, x3 + i);
      low3 = factor3.fma(low, low3);
      high3 = factor3.fma(high, high3);
    }
    low0.intoArray(y, y0);
    high0.intoArray(y, y0 + LANES);
    int y1 = rows > 1 ? y0 + yStride : y0;
    low1.intoArray(y, y1);
    high1.intoArray(y, y1 + LANES);
    int y2 = rows > 2 ? y1 + yStride : y1;
    low2.intoArray(y, y2);
    high2.intoArray(y, y2 + LANES);
    int y3 = rows > 3 ? y2 + yStride : y2;
    low3.intoArray(y, y3);
    high3.intoArray(y, y3 + LANES);
  }

  static void f32x8(
      MemorySegment weights,
      long at,
      int n,
      int rows,
      float[] x,
      int x0,
      int xStride,
      float[] y,
      int y0,
      int yStride) {
    int x1 = rows > 1 ? x0 + xStride : x0;
    int x2 = rows > 2 ? x1 + xStride : x1;
    int x3 = rows > 3 ? x2 + xStride : x2;
    int x4 = rows > 4 ? x3 + xStride : x3;
    int x5 = rows > 5 ? x4 + xStride : x4;
    int x6 = rows > 6 ? x5 + xStride : x5;
    int x7 = rows > 7 ? x6 + xStride : x6;
    FloatVector low0 = FloatVector.zero(FLOATS);
    FloatVector high0 = low0;
    FloatVector low1 = low0, high1 = low0;
    FloatVector low2 = low0, high2 = low0;
    FloatVector low3 = low0, high3 = low0;
    FloatVector low4 = low0, high4 = low0;
    FloatVector low5 = low0, high5 = low0;
    FloatVector low6 = low0, high6 = low0;
    FloatVector low7 = low0, high7 = low0;
    for (int i = 0; i < n; i++) {
      FloatVector low = floats(weights, at + (long) i * ROW_BYTES_32);
      FloatVector high = floats(weights, at + (long) i * ROW_BYTES_32 + VECTOR_BYTES);
      FloatVector factor0 = broadcast(x, x0 + i);
      low0 = factor0.fma(low, low0);
      high0 = factor0.fma(high, high0);
      FloatVector factor1 = broadcast(x, x1 + i);
      low1 = factor1.fma(low, low1);
      high1 = factor1.fma(high, high1);
      FloatVector factor2 = broadcast(x, x2 + i);
      low2 = factor2.fma(low, low2);
      high2 = factor2.fma(high, high2);
      FloatVector factor3 = broadcast(x, x3 + i);
      low3 = factor3.fma(low, low3);
      high3 = factor3.fma(high, high3);
      FloatVector factor4 = broadcast(x, x4 + i);
      low4 = factor4.fma(low, low4);
      high4 = factor4.fma(high, high4);
      FloatVector factor5 = broadcast(x, x5 + i);
      low5 = factor5.fma(low, low5);
      high5 = factor5.fma(high, high5);
      FloatVector factor6 = broadcast(x, x6 + i);
      low6 = factor6.fma(low, low6);
      high6 = factor6.fma(high, high6);
      FloatVector factor7 = broadcast(x, x7 + i);
      low7 = factor7.fma(low, low7);
      high7 = factor7.fma(high, high7);
    }
    low0.intoArray(y, y0);
    high0.intoArray(y, y0 + LANES);
    int y1 = rows > 1 ? y0 + yStride : y0;
    low1.intoArray(y, y1);
    high1.intoArray(y, y1 + LANES);
    int y2 = rows > 2 ? y1 + yStride : y1;
    low2.intoArray(y, y2);
    high2.intoArray(y, y2 + LANES);
    int y3 = rows > 3 ? y2 + yStride : y2;
    low3.intoArray(y, y3);
    high3.intoArray(y, y3 + LANES);
    int y4 = rows > 4 ? y3 + yStride : y3;
    low4.intoArray(y, y4);
    high4.intoArray(y, y4 + LANES);
    int y5 = rows > 5 ? y4 + yStride : y4;
    low5.intoArray(y, y5);
    high5.intoArray(y, y5 + LANES);
    int y6 = rows > 6 ? y5 + yStride : y5;
    low6.intoArray(y, y6);
    high6.intoArray(y, y6 + LANES);
    int y7 = rows > 7 ? y6 + yStride : y6;
    low7.intoArray(y, y7);
    high7.intoArray(y, y7 + LANES);
  }

  static FloatVector broadcast(float[] x, int at) {
    return FloatVector.broadcast(FLOATS, x[at]);
  }

  static FloatVector floats(MemorySegment weights, long at) {
    return FloatVector.fromMemorySegment(FLOATS, weights, at, ORDER);
  }
}
