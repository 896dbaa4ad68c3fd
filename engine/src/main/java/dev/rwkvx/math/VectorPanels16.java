package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of one, four and eight rows with BF16 and F16 panels; see {@link Matrix}. Each takes two
 * vectors of outputs, which stay in registers while the inputs pass by; a weight is widened once
 * for all rows.
 *
 * <p>See {@link VectorPanels32} for missing rows and for why the loops look as they do.
 */
final class VectorPanels16 {
  private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
  private static final VectorSpecies<Integer> INTS = VectorKernels.INTS;
  private static final int HALF = Kernels.PANEL / 2;
  private static final int ROW_BYTES_16 = Kernels.PANEL * Short.BYTES;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private VectorPanels16() {}

  static void bf16x1(
      MemorySegment weights, long at, int n, float[] x, int xOffset, float[] y, int yOffset) {
    IntVector mask = IntVector.broadcast(INTS, 0xffff0000);
    FloatVector low = FloatVector.zero(FLOATS);
    FloatVector high = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= n - 4; i += 4) {
      FloatVector x0 = broadcast(x, xOffset + i);
      IntVector pair0 = ints(weights, at + (long) i * ROW_BYTES_16);
      low = bf16Low(pair0).fma(x0, low);
      high = bf16High(pair0, mask).fma(x0, high);
      FloatVector x1 = broadcast(x, xOffset + i + 1);
      IntVector pair1 = ints(weights, at + (long) (i + 1) * ROW_BYTES_16);
      low = bf16Low(pair1).fma(x1, low);
      high = bf16High(pair1, mask).fma(x1, high);
      FloatVector x2 = broadcast(x, xOffset + i + 2);
      IntVector pair2 = ints(weights, at + (long) (i + 2) * ROW_BYTES_16);
      low = bf16Low(pair2).fma(x2, low);
      high = bf16High(pair2, mask).fma(x2, high);
      FloatVector x3 = broadcast(x, xOffset + i + 3);
      IntVector pair3 = ints(weights, at + (long) (i + 3) * ROW_BYTES_16);
      low = bf16Low(pair3).fma(x3, low);
      high = bf16High(pair3, mask).fma(x3, high);
    }
    low.intoArray(y, yOffset);
    high.intoArray(y, yOffset + HALF);
    if (i < n) {
      bf16Rest(weights, at, i, n, x, xOffset, y, yOffset);
    }
  }

  static void bf16Rest(
      MemorySegment weights,
      long at,
      int i,
      int n,
      float[] x,
      int xOffset,
      float[] y,
      int yOffset) {
    IntVector mask = IntVector.broadcast(INTS, 0xffff0000);
    FloatVector low = FloatVector.fromArray(FLOATS, y, yOffset);
    FloatVector high = FloatVector.fromArray(FLOATS, y, yOffset + HALF);
    for (; i < n; i++) {
      long row = at + (long) i * ROW_BYTES_16;
      FloatVector x0 = broadcast(x, xOffset + i);
      IntVector pair0 = ints(weights, row);
      low = bf16Low(pair0).fma(x0, low);
      high = bf16High(pair0, mask).fma(x0, high);
    }
    low.intoArray(y, yOffset);
    high.intoArray(y, yOffset + HALF);
  }

  static void bf16x4(
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
    IntVector mask = IntVector.broadcast(INTS, 0xffff0000);
    FloatVector low0 = FloatVector.zero(FLOATS);
    FloatVector high0 = low0;
    FloatVector low1 = low0, high1 = low0;
    FloatVector low2 = low0, high2 = low0;
    FloatVector low3 = low0, high3 = low0;
    for (int i = 0; i < n; i++) {
      IntVector pair = ints(weights, at + (long) i * ROW_BYTES_16);
      FloatVector low = bf16Low(pair);
      FloatVector high = bf16High(pair, mask);
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
    high0.intoArray(y, y0 + HALF);
    int y1 = rows > 1 ? y0 + yStride : y0;
    low1.intoArray(y, y1);
    high1.intoArray(y, y1 + HALF);
    int y2 = rows > 2 ? y1 + yStride : y1;
    low2.intoArray(y, y2);
    high2.intoArray(y, y2 + HALF);
    int y3 = rows > 3 ? y2 + yStride : y2;
    low3.intoArray(y, y3);
    high3.intoArray(y, y3 + HALF);
  }

  static void bf16x8(
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
    IntVector mask = IntVector.broadcast(INTS, 0xffff0000);
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
      IntVector pair = ints(weights, at + (long) i * ROW_BYTES_16);
      FloatVector low = bf16Low(pair);
      FloatVector high = bf16High(pair, mask);
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
    high0.intoArray(y, y0 + HALF);
    int y1 = rows > 1 ? y0 + yStride : y0;
    low1.intoArray(y, y1);
    high1.intoArray(y, y1 + HALF);
    int y2 = rows > 2 ? y1 + yStride : y1;
    low2.intoArray(y, y2);
    high2.intoArray(y, y2 + HALF);
    int y3 = rows > 3 ? y2 + yStride : y2;
    low3.intoArray(y, y3);
    high3.intoArray(y, y3 + HALF);
    int y4 = rows > 4 ? y3 + yStride : y3;
    low4.intoArray(y, y4);
    high4.intoArray(y, y4 + HALF);
    int y5 = rows > 5 ? y4 + yStride : y4;
    low5.intoArray(y, y5);
    high5.intoArray(y, y5 + HALF);
    int y6 = rows > 6 ? y5 + yStride : y5;
    low6.intoArray(y, y6);
    high6.intoArray(y, y6 + HALF);
    int y7 = rows > 7 ? y6 + yStride : y6;
    low7.intoArray(y, y7);
    high7.intoArray(y, y7 + HALF);
  }

  static void f16x1(
      MemorySegment weights, long at, int n, float[] x, int xOffset, float[] y, int yOffset) {
    IntVector mask = f16Mask();
    FloatVector scale = f16Scale();
    FloatVector low = FloatVector.zero(FLOATS);
    FloatVector high = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= n - 2; i += 2) {
      long row = at + (long) i * ROW_BYTES_16;
      FloatVector x0 = FloatVector.broadcast(FLOATS, x[xOffset + i]);
      IntVector pair0 = IntVector.fromMemorySegment(INTS, weights, row, ORDER);
      IntVector low0 = pair0.lanewise(VectorOperators.LSHL, 16);
      low = f16(low0, mask, scale).fma(x0, low);
      high = f16(pair0, mask, scale).fma(x0, high);
      FloatVector x1 = FloatVector.broadcast(FLOATS, x[xOffset + i + 1]);
      IntVector pair1 = IntVector.fromMemorySegment(INTS, weights, row + ROW_BYTES_16, ORDER);
      IntVector low1 = pair1.lanewise(VectorOperators.LSHL, 16);
      low = f16(low1, mask, scale).fma(x1, low);
      high = f16(pair1, mask, scale).fma(x1, high);
    }
    low.intoArray(y, yOffset);
    high.intoArray(y, yOffset + HALF);
    if (i < n) {
      f16Rest(weights, at, i, n, x, xOffset, y, yOffset);
    }
  }

  static void f16Rest(
      MemorySegment weights,
      long at,
      int i,
      int n,
      float[] x,
      int xOffset,
      float[] y,
      int yOffset) {
    IntVector mask = f16Mask();
    FloatVector scale = f16Scale();
    FloatVector low = FloatVector.fromArray(FLOATS, y, yOffset);
    FloatVector high = FloatVector.fromArray(FLOATS, y, yOffset + HALF);
    for (; i < n; i++) {
      long row = at + (long) i * ROW_BYTES_16;
      FloatVector x0 = FloatVector.broadcast(FLOATS, x[xOffset + i]);
      IntVector pair0 = IntVector.fromMemorySegment(INTS, weights, row, ORDER);
      IntVector low0 = pair0.lanewise(VectorOperators.LSHL, 16);
      low = f16(low0, mask, scale).fma(x0, low);
      high = f16(pair0, mask, scale).fma(x0, high);
    }
    low.intoArray(y, yOffset);
    high.intoArray(y, yOffset + HALF);
  }

  static void f16x4(
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
    IntVector mask = f16Mask();
    FloatVector scale = f16Scale();
    FloatVector low0 = FloatVector.zero(FLOATS);
    FloatVector high0 = low0;
    FloatVector low1 = low0, high1 = low0;
    FloatVector low2 = low0, high2 = low0;
    FloatVector low3 = low0, high3 = low0;
    for (int i = 0; i < n; i++) {
      IntVector pair = ints(weights, at + (long) i * ROW_BYTES_16);
      FloatVector low = f16(pair.lanewise(VectorOperators.LSHL, 16), mask, scale);
      FloatVector high = f16(pair, mask, scale);
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
    high0.intoArray(y, y0 + HALF);
    int y1 = rows > 1 ? y0 + yStride : y0;
    low1.intoArray(y, y1);
    high1.intoArray(y, y1 + HALF);
    int y2 = rows > 2 ? y1 + yStride : y1;
    low2.intoArray(y, y2);
    high2.intoArray(y, y2 + HALF);
    int y3 = rows > 3 ? y2 + yStride : y2;
    low3.intoArray(y, y3);
    high3.intoArray(y, y3 + HALF);
  }

  static IntVector ints(MemorySegment weights, long at) {
    return IntVector.fromMemorySegment(INTS, weights, at, ORDER);
  }

  static FloatVector bf16Low(IntVector pair) {
    return pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  static FloatVector bf16High(IntVector pair, IntVector mask) {
    return pair.and(mask).reinterpretAsFloats();
  }

  /** Widens the binary16 in the upper half of each lane; mask and scale as in {@link Halves}. */
  static FloatVector f16(IntVector upper, IntVector mask, FloatVector scale) {
    return upper.lanewise(VectorOperators.ASHR, 3).and(mask).reinterpretAsFloats().mul(scale);
  }

  static IntVector f16Mask() {
    return IntVector.broadcast(INTS, Halves.F16_MASK);
  }

  static FloatVector f16Scale() {
    return FloatVector.broadcast(FLOATS, Halves.F16_SCALE);
  }

  static FloatVector broadcast(float[] x, int at) {
    return FloatVector.broadcast(FLOATS, x[at]);
  }
}
