package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Products with F32, BF16 and F16 panels, and their widening; see {@link Matrix}. */
final class VectorPanels {
  private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
  private static final VectorSpecies<Integer> INTS = VectorKernels.INTS;
  private static final int LANES = FLOATS.length();
  private static final int PANEL = Kernels.PANEL;
  private static final int ROW_BYTES_32 = PANEL * Float.BYTES;
  private static final int ROW_BYTES_16 = PANEL * Short.BYTES;
  private static final int VECTOR_BYTES = LANES * Float.BYTES;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private VectorPanels() {}

  // Unrolled by hand: the checks of an access cost more than the access, and the compiler leaves
  // these loops as they are. Much more in one loop, and it gives up keeping vectors in registers.
  // The last inputs have methods of their own: rare calls stay calls, and box the vectors that
  // cross
  // them.

  static void f32(
      MemorySegment weights, long at, int n, float[] x, int xOffset, float[] sums, int lane) {
    FloatVector low = FloatVector.zero(FLOATS);
    FloatVector high = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= n - 4; i += 4) {
      long row = at + (long) i * ROW_BYTES_32;
      FloatVector x0 = broadcast(x, xOffset + i);
      low = floats(weights, row).fma(x0, low);
      high = floats(weights, row + VECTOR_BYTES).fma(x0, high);
      FloatVector x1 = broadcast(x, xOffset + i + 1);
      low = floats(weights, row + 1 * ROW_BYTES_32).fma(x1, low);
      high = floats(weights, row + 1 * ROW_BYTES_32 + VECTOR_BYTES).fma(x1, high);
      FloatVector x2 = broadcast(x, xOffset + i + 2);
      low = floats(weights, row + 2 * ROW_BYTES_32).fma(x2, low);
      high = floats(weights, row + 2 * ROW_BYTES_32 + VECTOR_BYTES).fma(x2, high);
      FloatVector x3 = broadcast(x, xOffset + i + 3);
      low = floats(weights, row + 3 * ROW_BYTES_32).fma(x3, low);
      high = floats(weights, row + 3 * ROW_BYTES_32 + VECTOR_BYTES).fma(x3, high);
    }
    low.intoArray(sums, lane);
    high.intoArray(sums, lane + LANES);
    if (i < n) {
      f32Rest(weights, at, i, n, x, xOffset, sums, lane);
    }
  }

  static void f32Rest(
      MemorySegment weights,
      long at,
      int i,
      int n,
      float[] x,
      int xOffset,
      float[] sums,
      int lane) {
    FloatVector low = FloatVector.fromArray(FLOATS, sums, lane);
    FloatVector high = FloatVector.fromArray(FLOATS, sums, lane + LANES);
    for (; i < n; i++) {
      long row = at + (long) i * ROW_BYTES_32;
      FloatVector x0 = broadcast(x, xOffset + i);
      low = floats(weights, row).fma(x0, low);
      high = floats(weights, row + VECTOR_BYTES).fma(x0, high);
    }
    low.intoArray(sums, lane);
    high.intoArray(sums, lane + LANES);
  }

  static void bf16(
      MemorySegment weights, long at, int n, float[] x, int xOffset, float[] sums, int lane) {
    IntVector mask = IntVector.broadcast(INTS, 0xffff0000);
    FloatVector low = FloatVector.zero(FLOATS);
    FloatVector high = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= n - 4; i += 4) {
      long row = at + (long) i * ROW_BYTES_16;
      FloatVector x0 = broadcast(x, xOffset + i);
      IntVector pair0 = ints(weights, row);
      low = bf16Low(pair0).fma(x0, low);
      high = bf16High(pair0, mask).fma(x0, high);
      FloatVector x1 = broadcast(x, xOffset + i + 1);
      IntVector pair1 = ints(weights, row + 1 * ROW_BYTES_16);
      low = bf16Low(pair1).fma(x1, low);
      high = bf16High(pair1, mask).fma(x1, high);
      FloatVector x2 = broadcast(x, xOffset + i + 2);
      IntVector pair2 = ints(weights, row + 2 * ROW_BYTES_16);
      low = bf16Low(pair2).fma(x2, low);
      high = bf16High(pair2, mask).fma(x2, high);
      FloatVector x3 = broadcast(x, xOffset + i + 3);
      IntVector pair3 = ints(weights, row + 3 * ROW_BYTES_16);
      low = bf16Low(pair3).fma(x3, low);
      high = bf16High(pair3, mask).fma(x3, high);
    }
    low.intoArray(sums, lane);
    high.intoArray(sums, lane + PANEL / 2);
    if (i < n) {
      bf16Rest(weights, at, i, n, x, xOffset, sums, lane);
    }
  }

  static void bf16Rest(
      MemorySegment weights,
      long at,
      int i,
      int n,
      float[] x,
      int xOffset,
      float[] sums,
      int lane) {
    IntVector mask = IntVector.broadcast(INTS, 0xffff0000);
    FloatVector low = FloatVector.fromArray(FLOATS, sums, lane);
    FloatVector high = FloatVector.fromArray(FLOATS, sums, lane + PANEL / 2);
    for (; i < n; i++) {
      long row = at + (long) i * ROW_BYTES_16;
      FloatVector x0 = broadcast(x, xOffset + i);
      IntVector pair0 = ints(weights, row);
      low = bf16Low(pair0).fma(x0, low);
      high = bf16High(pair0, mask).fma(x0, high);
    }
    low.intoArray(sums, lane);
    high.intoArray(sums, lane + PANEL / 2);
  }

  static void f16(
      MemorySegment weights, long at, int n, float[] x, int xOffset, float[] sums, int lane) {
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
    low.intoArray(sums, lane);
    high.intoArray(sums, lane + PANEL / 2);
    if (i < n) {
      f16Rest(weights, at, i, n, x, xOffset, sums, lane);
    }
  }

  static void f16Rest(
      MemorySegment weights,
      long at,
      int i,
      int n,
      float[] x,
      int xOffset,
      float[] sums,
      int lane) {
    IntVector mask = f16Mask();
    FloatVector scale = f16Scale();
    FloatVector low = FloatVector.fromArray(FLOATS, sums, lane);
    FloatVector high = FloatVector.fromArray(FLOATS, sums, lane + PANEL / 2);
    for (; i < n; i++) {
      long row = at + (long) i * ROW_BYTES_16;
      FloatVector x0 = FloatVector.broadcast(FLOATS, x[xOffset + i]);
      IntVector pair0 = IntVector.fromMemorySegment(INTS, weights, row, ORDER);
      IntVector low0 = pair0.lanewise(VectorOperators.LSHL, 16);
      low = f16(low0, mask, scale).fma(x0, low);
      high = f16(pair0, mask, scale).fma(x0, high);
    }
    low.intoArray(sums, lane);
    high.intoArray(sums, lane + PANEL / 2);
  }

  static FloatVector broadcast(float[] x, int at) {
    return FloatVector.broadcast(FLOATS, x[at]);
  }

  static FloatVector floats(MemorySegment weights, long at) {
    return FloatVector.fromMemorySegment(FLOATS, weights, at, ORDER);
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

  static void unpackF32(
      MemorySegment weights, long at, int count, float[] out, int outAt, int stride) {
    int i = 0;
    for (; i <= count - 4; i += 4) {
      long row = at + (long) i * ROW_BYTES_32;
      int to = outAt + i * stride;
      floats(weights, row).intoArray(out, to);
      floats(weights, row + VECTOR_BYTES).intoArray(out, to + LANES);
      floats(weights, row + 1 * ROW_BYTES_32).intoArray(out, to + 1 * stride);
      floats(weights, row + 1 * ROW_BYTES_32 + VECTOR_BYTES)
          .intoArray(out, to + 1 * stride + LANES);
      floats(weights, row + 2 * ROW_BYTES_32).intoArray(out, to + 2 * stride);
      floats(weights, row + 2 * ROW_BYTES_32 + VECTOR_BYTES)
          .intoArray(out, to + 2 * stride + LANES);
      floats(weights, row + 3 * ROW_BYTES_32).intoArray(out, to + 3 * stride);
      floats(weights, row + 3 * ROW_BYTES_32 + VECTOR_BYTES)
          .intoArray(out, to + 3 * stride + LANES);
    }
    for (; i < count; i++) {
      long row = at + (long) i * ROW_BYTES_32;
      int to = outAt + i * stride;
      floats(weights, row).intoArray(out, to);
      floats(weights, row + VECTOR_BYTES).intoArray(out, to + LANES);
    }
  }

  static void unpackBf16(
      MemorySegment weights, long at, int count, float[] out, int outAt, int stride) {
    IntVector mask = IntVector.broadcast(INTS, 0xffff0000);
    int i = 0;
    for (; i <= count - 4; i += 4) {
      long row = at + (long) i * ROW_BYTES_16;
      int to = outAt + i * stride;
      IntVector pair0 = ints(weights, row);
      bf16Low(pair0).intoArray(out, to);
      bf16High(pair0, mask).intoArray(out, to + PANEL / 2);
      IntVector pair1 = ints(weights, row + 1 * ROW_BYTES_16);
      bf16Low(pair1).intoArray(out, to + 1 * stride);
      bf16High(pair1, mask).intoArray(out, to + 1 * stride + PANEL / 2);
      IntVector pair2 = ints(weights, row + 2 * ROW_BYTES_16);
      bf16Low(pair2).intoArray(out, to + 2 * stride);
      bf16High(pair2, mask).intoArray(out, to + 2 * stride + PANEL / 2);
      IntVector pair3 = ints(weights, row + 3 * ROW_BYTES_16);
      bf16Low(pair3).intoArray(out, to + 3 * stride);
      bf16High(pair3, mask).intoArray(out, to + 3 * stride + PANEL / 2);
    }
    for (; i < count; i++) {
      long row = at + (long) i * ROW_BYTES_16;
      int to = outAt + i * stride;
      IntVector pair0 = ints(weights, row);
      bf16Low(pair0).intoArray(out, to);
      bf16High(pair0, mask).intoArray(out, to + PANEL / 2);
    }
  }

  static void unpackF16(
      MemorySegment weights, long at, int count, float[] out, int outAt, int stride) {
    IntVector mask = f16Mask();
    FloatVector scale = f16Scale();
    int i = 0;
    for (; i <= count - 2; i += 2) {
      long row = at + (long) i * ROW_BYTES_16;
      int to = outAt + i * stride;
      IntVector pair0 = ints(weights, row);
      f16(pair0.lanewise(VectorOperators.LSHL, 16), mask, scale).intoArray(out, to);
      f16(pair0, mask, scale).intoArray(out, to + PANEL / 2);
      IntVector pair1 = ints(weights, row + 1 * ROW_BYTES_16);
      f16(pair1.lanewise(VectorOperators.LSHL, 16), mask, scale).intoArray(out, to + 1 * stride);
      f16(pair1, mask, scale).intoArray(out, to + 1 * stride + PANEL / 2);
    }
    for (; i < count; i++) {
      long row = at + (long) i * ROW_BYTES_16;
      int to = outAt + i * stride;
      IntVector pair0 = ints(weights, row);
      f16(pair0.lanewise(VectorOperators.LSHL, 16), mask, scale).intoArray(out, to);
      f16(pair0, mask, scale).intoArray(out, to + PANEL / 2);
    }
  }
}
