package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The twin of {@link ScalarKernels} on the Vector API: the same additions, many lanes at once. */
public final class VectorKernels implements Kernels {
  /** Names a narrower width than the machine's, in bits: 128, 256 or 512. */
  static final String WIDTH_PROPERTY = "rwkvx.vectorBits";

  static final VectorSpecies<Float> FLOATS = species();
  static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final int LANES = FLOATS.length();
  private static final int ROW_BYTES_32 = PANEL * Float.BYTES;
  private static final int ROW_BYTES_16 = PANEL * Short.BYTES;
  private static final int VECTOR_BYTES = LANES * Float.BYTES;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private static VectorSpecies<Float> species() {
    int bits =
        Integer.getInteger(
            WIDTH_PROPERTY, Math.min(512, FloatVector.SPECIES_PREFERRED.vectorBitSize()));
    return VectorSpecies.of(float.class, VectorShape.forBitSize(Math.clamp(bits, 128, 512)));
  }

  @Override
  public String name() {
    return "vector, " + FLOATS.vectorBitSize() + " bits";
  }

  // --- products ------------------------------------------------------------------------------

  @Override
  public void matvec(
      WeightType type,
      MemorySegment weights,
      long offset,
      int from,
      int count,
      float[] x,
      int xOffset,
      float[] sums) {
    long at = offset + type.panelBytes(from);
    if (type == WeightType.F32) {
      for (int lane = 0; lane < PANEL; lane += 2 * LANES) {
        f32(weights, at + lane * 4L, count, x, xOffset, sums, lane);
      }
      return;
    }
    for (int lane = 0; lane < PANEL / 2; lane += LANES) {
      long lanes = at + lane * 4L;
      switch (type) {
        case F32 -> throw new AssertionError();
        case BF16 -> bf16(weights, lanes, count, x, xOffset, sums, lane);
        case F16 -> f16(weights, lanes, count, x, xOffset, sums, lane);
        case Q8 -> VectorQuantized.q8(weights, lanes, count, x, xOffset, sums, lane);
        case Q4 -> VectorQuantized.q4(weights, lanes, count, x, xOffset, sums, lane);
      }
    }
  }

  // Unrolled by hand: the checks of an access cost more than the access, and the compiler leaves
  // these loops as they are. Much more in one loop, and it gives up keeping vectors in registers.
  // The last inputs have methods of their own: rare calls stay calls, and box the vectors that
  // cross
  // them.

  private static void f32(
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

  private static void f32Rest(
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

  private static void bf16(
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

  private static void bf16Rest(
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

  private static void f16(
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

  private static void f16Rest(
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

  private static FloatVector broadcast(float[] x, int at) {
    return FloatVector.broadcast(FLOATS, x[at]);
  }

  private static FloatVector floats(MemorySegment weights, long at) {
    return FloatVector.fromMemorySegment(FLOATS, weights, at, ORDER);
  }

  private static IntVector ints(MemorySegment weights, long at) {
    return IntVector.fromMemorySegment(INTS, weights, at, ORDER);
  }

  private static FloatVector bf16Low(IntVector pair) {
    return pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  private static FloatVector bf16High(IntVector pair, IntVector mask) {
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

  @Override
  public void unpack(
      WeightType type,
      MemorySegment weights,
      long offset,
      int from,
      int count,
      float[] out,
      int outOffset,
      int stride) {
    long at = offset + type.panelBytes(from);
    if (type == WeightType.F32) {
      for (int lane = 0; lane < PANEL; lane += 2 * LANES) {
        unpackF32(weights, at + lane * 4L, count, out, outOffset + lane, stride);
      }
      return;
    }
    for (int lane = 0; lane < PANEL / 2; lane += LANES) {
      long lanes = at + lane * 4L;
      int to = outOffset + lane;
      switch (type) {
        case F32 -> throw new AssertionError();
        case BF16 -> unpackBf16(weights, lanes, count, out, to, stride);
        case F16 -> unpackF16(weights, lanes, count, out, to, stride);
        case Q8 -> VectorQuantized.unpackQ8(weights, lanes, count, out, to, stride);
        case Q4 -> VectorQuantized.unpackQ4(weights, lanes, count, out, to, stride);
      }
    }
  }

  private static void unpackF32(
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

  private static void unpackBf16(
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

  private static void unpackF16(
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

  @Override
  public void tile(
      float[] a,
      int aOffset,
      int aStride,
      int rows,
      int inputs,
      float[] b,
      float[] c,
      int cOffset,
      int cStride) {
    if (LANES == 16) {
      if (rows == TILE_ROWS) {
        tile6x4(a, aOffset, aStride, inputs, b, c, cOffset, cStride);
      } else {
        tile4x4(a, aOffset, aStride, inputs, b, c, cOffset, cStride);
      }
      return;
    }
    for (int column = 0; column < TILE_COLUMNS; column += 2 * LANES) {
      if (rows == TILE_ROWS) {
        tile6x2(a, aOffset, aStride, inputs, b, column, c, cOffset + column, cStride);
      } else {
        tile4x2(a, aOffset, aStride, inputs, b, column, c, cOffset + column, cStride);
      }
    }
  }

  // Stores are written out, not left to a method: it would not be merged into so large a caller,
  // and its vectors would be boxed.

  /** Six rows × four vectors: 24 sums, for 32 registers. */
  private static void tile6x4(
      float[] a,
      int aOffset,
      int aStride,
      int inputs,
      float[] b,
      float[] c,
      int cOffset,
      int cStride) {
    int a1 = aOffset + aStride;
    int a2 = a1 + aStride;
    int a3 = a2 + aStride;
    int a4 = a3 + aStride;
    int a5 = a4 + aStride;
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
      FloatVector x = FloatVector.broadcast(FLOATS, a[aOffset + i]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      c02 = x.fma(b2, c02);
      c03 = x.fma(b3, c03);
      x = FloatVector.broadcast(FLOATS, a[a1 + i]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      c12 = x.fma(b2, c12);
      c13 = x.fma(b3, c13);
      x = FloatVector.broadcast(FLOATS, a[a2 + i]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      c22 = x.fma(b2, c22);
      c23 = x.fma(b3, c23);
      x = FloatVector.broadcast(FLOATS, a[a3 + i]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      c32 = x.fma(b2, c32);
      c33 = x.fma(b3, c33);
      x = FloatVector.broadcast(FLOATS, a[a4 + i]);
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      c42 = x.fma(b2, c42);
      c43 = x.fma(b3, c43);
      x = FloatVector.broadcast(FLOATS, a[a5 + i]);
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
      c52 = x.fma(b2, c52);
      c53 = x.fma(b3, c53);
    }
    c00.intoArray(c, cOffset);
    c01.intoArray(c, cOffset + LANES);
    c02.intoArray(c, cOffset + 2 * LANES);
    c03.intoArray(c, cOffset + 3 * LANES);
    int at = cOffset + cStride;
    c10.intoArray(c, at);
    c11.intoArray(c, at + LANES);
    c12.intoArray(c, at + 2 * LANES);
    c13.intoArray(c, at + 3 * LANES);
    at = at + cStride;
    c20.intoArray(c, at);
    c21.intoArray(c, at + LANES);
    c22.intoArray(c, at + 2 * LANES);
    c23.intoArray(c, at + 3 * LANES);
    at = at + cStride;
    c30.intoArray(c, at);
    c31.intoArray(c, at + LANES);
    c32.intoArray(c, at + 2 * LANES);
    c33.intoArray(c, at + 3 * LANES);
    at = at + cStride;
    c40.intoArray(c, at);
    c41.intoArray(c, at + LANES);
    c42.intoArray(c, at + 2 * LANES);
    c43.intoArray(c, at + 3 * LANES);
    at = at + cStride;
    c50.intoArray(c, at);
    c51.intoArray(c, at + LANES);
    c52.intoArray(c, at + 2 * LANES);
    c53.intoArray(c, at + 3 * LANES);
  }

  /** What is left of few rows. */
  private static void tile4x4(
      float[] a,
      int aOffset,
      int aStride,
      int inputs,
      float[] b,
      float[] c,
      int cOffset,
      int cStride) {
    int a1 = aOffset + aStride;
    int a2 = a1 + aStride;
    int a3 = a2 + aStride;
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = c00, c02 = c00, c03 = c00;
    FloatVector c10 = c00, c11 = c00, c12 = c00, c13 = c00;
    FloatVector c20 = c00, c21 = c00, c22 = c00, c23 = c00;
    FloatVector c30 = c00, c31 = c00, c32 = c00, c33 = c00;
    for (int i = 0; i < inputs; i++) {
      int row = i * TILE_COLUMNS;
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, row);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, row + LANES);
      FloatVector b2 = FloatVector.fromArray(FLOATS, b, row + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(FLOATS, b, row + 3 * LANES);
      FloatVector x = FloatVector.broadcast(FLOATS, a[aOffset + i]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      c02 = x.fma(b2, c02);
      c03 = x.fma(b3, c03);
      x = FloatVector.broadcast(FLOATS, a[a1 + i]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      c12 = x.fma(b2, c12);
      c13 = x.fma(b3, c13);
      x = FloatVector.broadcast(FLOATS, a[a2 + i]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      c22 = x.fma(b2, c22);
      c23 = x.fma(b3, c23);
      x = FloatVector.broadcast(FLOATS, a[a3 + i]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      c32 = x.fma(b2, c32);
      c33 = x.fma(b3, c33);
    }
    c00.intoArray(c, cOffset);
    c01.intoArray(c, cOffset + LANES);
    c02.intoArray(c, cOffset + 2 * LANES);
    c03.intoArray(c, cOffset + 3 * LANES);
    int at = cOffset + cStride;
    c10.intoArray(c, at);
    c11.intoArray(c, at + LANES);
    c12.intoArray(c, at + 2 * LANES);
    c13.intoArray(c, at + 3 * LANES);
    at = at + cStride;
    c20.intoArray(c, at);
    c21.intoArray(c, at + LANES);
    c22.intoArray(c, at + 2 * LANES);
    c23.intoArray(c, at + 3 * LANES);
    at = at + cStride;
    c30.intoArray(c, at);
    c31.intoArray(c, at + LANES);
    c32.intoArray(c, at + 2 * LANES);
    c33.intoArray(c, at + 3 * LANES);
  }

  /** Six rows × two vectors: 12 sums, for 16 registers. */
  private static void tile6x2(
      float[] a,
      int aOffset,
      int aStride,
      int inputs,
      float[] b,
      int column,
      float[] c,
      int cOffset,
      int cStride) {
    int a1 = aOffset + aStride;
    int a2 = a1 + aStride;
    int a3 = a2 + aStride;
    int a4 = a3 + aStride;
    int a5 = a4 + aStride;
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
      FloatVector x = FloatVector.broadcast(FLOATS, a[aOffset + i]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(FLOATS, a[a1 + i]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(FLOATS, a[a2 + i]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(FLOATS, a[a3 + i]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      x = FloatVector.broadcast(FLOATS, a[a4 + i]);
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      x = FloatVector.broadcast(FLOATS, a[a5 + i]);
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
    }
    c00.intoArray(c, cOffset);
    c01.intoArray(c, cOffset + LANES);
    int at = cOffset + cStride;
    c10.intoArray(c, at);
    c11.intoArray(c, at + LANES);
    at = at + cStride;
    c20.intoArray(c, at);
    c21.intoArray(c, at + LANES);
    at = at + cStride;
    c30.intoArray(c, at);
    c31.intoArray(c, at + LANES);
    at = at + cStride;
    c40.intoArray(c, at);
    c41.intoArray(c, at + LANES);
    at = at + cStride;
    c50.intoArray(c, at);
    c51.intoArray(c, at + LANES);
  }

  /** What is left of few rows. */
  private static void tile4x2(
      float[] a,
      int aOffset,
      int aStride,
      int inputs,
      float[] b,
      int column,
      float[] c,
      int cOffset,
      int cStride) {
    int a1 = aOffset + aStride;
    int a2 = a1 + aStride;
    int a3 = a2 + aStride;
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = c00;
    FloatVector c10 = c00, c11 = c00;
    FloatVector c20 = c00, c21 = c00;
    FloatVector c30 = c00, c31 = c00;
    for (int i = 0; i < inputs; i++) {
      int row = i * TILE_COLUMNS + column;
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, row);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, row + LANES);
      FloatVector x = FloatVector.broadcast(FLOATS, a[aOffset + i]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(FLOATS, a[a1 + i]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(FLOATS, a[a2 + i]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(FLOATS, a[a3 + i]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
    }
    c00.intoArray(c, cOffset);
    c01.intoArray(c, cOffset + LANES);
    int at = cOffset + cStride;
    c10.intoArray(c, at);
    c11.intoArray(c, at + LANES);
    at = at + cStride;
    c20.intoArray(c, at);
    c21.intoArray(c, at + LANES);
    at = at + cStride;
    c30.intoArray(c, at);
    c31.intoArray(c, at + LANES);
  }

  // --- sums in the fixed order ---------------------------------------------------------------
  //
  // Lane l of partial sum vector g holds partial sum g·LANES + l of sixteen; a narrow species needs
  // several vectors, which are filled in passes of their own.

  private static final VectorShuffle<Float> BY_8 = distance(8);
  private static final VectorShuffle<Float> BY_4 = distance(4);
  private static final VectorShuffle<Float> BY_2 = distance(2);
  private static final VectorShuffle<Float> BY_1 = distance(1);

  private static VectorShuffle<Float> distance(int d) {
    return VectorShuffle.fromOp(FLOATS, lane -> (lane + d) % LANES);
  }

  /** Adds the lanes of one vector in the order of {@link ScalarKernels#sumPartials}. */
  private static float sum(FloatVector v) {
    if (LANES == 16) {
      v = v.add(v.rearrange(BY_8));
    }
    if (LANES >= 8) {
      v = v.add(v.rearrange(BY_4));
    }
    v = v.add(v.rearrange(BY_2));
    v = v.add(v.rearrange(BY_1));
    return v.lane(0);
  }

  /** Adds the four, two or one vectors of partial sums. */
  private static float sum(FloatVector p0, FloatVector p1, FloatVector p2, FloatVector p3) {
    return switch (LANES) {
      case 16 -> sum(p0);
      case 8 -> sum(p0.add(p1));
      default -> sum(p0.add(p2).add(p1.add(p3)));
    };
  }

  private static VectorMask<Float> tail(int i, int n) {
    return FLOATS.indexInRange(i, n);
  }

  private static FloatVector sums(float[] x, int offset, int n, int group) {
    FloatVector sum = FloatVector.zero(FLOATS);
    int i = group * LANES;
    for (; i <= n - LANES; i += PARTIALS) {
      sum = sum.add(FloatVector.fromArray(FLOATS, x, offset + i));
    }
    if (i < n) {
      VectorMask<Float> mask = tail(i, n);
      sum = sum.add(FloatVector.fromArray(FLOATS, x, offset + i, mask), mask);
    }
    return sum;
  }

  private static float sum(float[] x, int offset, int n) {
    return sum(
        sums(x, offset, n, 0),
        LANES < 16 ? sums(x, offset, n, 1) : FloatVector.zero(FLOATS),
        LANES < 8 ? sums(x, offset, n, 2) : FloatVector.zero(FLOATS),
        LANES < 8 ? sums(x, offset, n, 3) : FloatVector.zero(FLOATS));
  }

  private static FloatVector squares(float[] x, int offset, int n, float mean, int group) {
    FloatVector sum = FloatVector.zero(FLOATS);
    int i = group * LANES;
    for (; i <= n - LANES; i += PARTIALS) {
      FloatVector d = FloatVector.fromArray(FLOATS, x, offset + i).sub(mean);
      sum = d.fma(d, sum);
    }
    if (i < n) {
      VectorMask<Float> mask = tail(i, n);
      FloatVector d = FloatVector.fromArray(FLOATS, x, offset + i, mask).sub(mean);
      sum = sum.blend(d.fma(d, sum), mask);
    }
    return sum;
  }

  /** Σ (x − mean)². */
  private static float squares(float[] x, int offset, int n, float mean) {
    return sum(
        squares(x, offset, n, mean, 0),
        LANES < 16 ? squares(x, offset, n, mean, 1) : FloatVector.zero(FLOATS),
        LANES < 8 ? squares(x, offset, n, mean, 2) : FloatVector.zero(FLOATS),
        LANES < 8 ? squares(x, offset, n, mean, 3) : FloatVector.zero(FLOATS));
  }

  private static FloatVector dots(
      float[] x, int xOffset, float[] y, int yOffset, float[] z, int zOffset, int n, int group) {
    FloatVector sum = FloatVector.zero(FLOATS);
    int i = group * LANES;
    for (; i <= n - LANES; i += PARTIALS) {
      FloatVector product =
          FloatVector.fromArray(FLOATS, x, xOffset + i)
              .mul(FloatVector.fromArray(FLOATS, y, yOffset + i));
      sum = product.fma(FloatVector.fromArray(FLOATS, z, zOffset + i), sum);
    }
    if (i < n) {
      VectorMask<Float> mask = tail(i, n);
      FloatVector product =
          FloatVector.fromArray(FLOATS, x, xOffset + i, mask)
              .mul(FloatVector.fromArray(FLOATS, y, yOffset + i, mask));
      FloatVector last = FloatVector.fromArray(FLOATS, z, zOffset + i, mask);
      sum = sum.blend(product.fma(last, sum), mask);
    }
    return sum;
  }

  @Override
  public float dot(float[] x, int xOffset, float[] y, int yOffset, float[] z, int zOffset, int n) {
    FloatVector zero = FloatVector.zero(FLOATS);
    return sum(
        dots(x, xOffset, y, yOffset, z, zOffset, n, 0),
        LANES < 16 ? dots(x, xOffset, y, yOffset, z, zOffset, n, 1) : zero,
        LANES < 8 ? dots(x, xOffset, y, yOffset, z, zOffset, n, 2) : zero,
        LANES < 8 ? dots(x, xOffset, y, yOffset, z, zOffset, n, 3) : zero);
  }

  // --- rows ----------------------------------------------------------------------------------

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(FLOATS, x, at);
  }

  @Override
  public void layerNorm(
      float[] x,
      int xOffset,
      int n,
      float[] weight,
      float[] bias,
      int weightOffset,
      float epsilon,
      float[] y,
      int yOffset) {
    float mean = sum(x, xOffset, n) / n;
    float variance = squares(x, xOffset, n, mean) / n;
    float scale = (float) (1.0 / Math.sqrt((double) variance + epsilon));
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(x, xOffset + i)
          .sub(mean)
          .mul(scale)
          .fma(load(weight, weightOffset + i), load(bias, weightOffset + i))
          .intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      float normal = (x[xOffset + i] - mean) * scale;
      y[yOffset + i] = Math.fma(normal, weight[weightOffset + i], bias[weightOffset + i]);
    }
  }

  @Override
  public void lerp(
      float[] x,
      int xOffset,
      float[] other,
      int otherOffset,
      float[] amount,
      int amountOffset,
      float[] y,
      int yOffset,
      int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector from = load(x, xOffset + i);
      load(other, otherOffset + i)
          .sub(from)
          .fma(load(amount, amountOffset + i), from)
          .intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      float from = x[xOffset + i];
      y[yOffset + i] = Math.fma(other[otherOffset + i] - from, amount[amountOffset + i], from);
    }
  }

  /** The twin of {@link Exp#exp}. */
  private static FloatVector exp(FloatVector x) {
    x = x.max(Exp.LOWEST).min(Exp.HIGHEST);
    FloatVector rounded =
        x.fma(FloatVector.broadcast(FLOATS, Exp.LOG2_E), FloatVector.broadcast(FLOATS, Exp.ROUND));
    FloatVector n = rounded.sub(Exp.ROUND);
    FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -Exp.LN2_HIGH), x);
    r = n.fma(FloatVector.broadcast(FLOATS, -Exp.LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(FLOATS, Exp.P5);
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P4));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P3));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P2));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P1));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P0));
    FloatVector e = p.fma(r.mul(r), r).add(1f);
    return e.mul(
        rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
  }

  private static FloatVector sigmoid(FloatVector x) {
    return FloatVector.broadcast(FLOATS, 1f).div(exp(x.neg()).add(1f));
  }

  @Override
  public void sigmoid(float[] y, int yOffset, float[] bias, int biasOffset, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      sigmoid(load(y, yOffset + i).add(load(bias, biasOffset + i))).intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      y[yOffset + i] = Exp.sigmoid(y[yOffset + i] + bias[biasOffset + i]);
    }
  }

  @Override
  public void sigmoid(float[] y, int offset, int n) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      sigmoid(load(y, i)).intoArray(y, i);
    }
    for (; i < offset + n; i++) {
      y[i] = Exp.sigmoid(y[i]);
    }
  }

  @Override
  public void tanh(float[] y, int offset, int n) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      FloatVector e = exp(load(y, i).mul(-2f));
      FloatVector one = FloatVector.broadcast(FLOATS, 1f);
      one.sub(e).div(one.add(e)).intoArray(y, i);
    }
    for (; i < offset + n; i++) {
      y[i] = Exp.tanh(y[i]);
    }
  }

  @Override
  public void reluSquared(float[] y, int offset, int n) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      FloatVector positive = load(y, i).max(0f);
      positive.mul(positive).intoArray(y, i);
    }
    for (; i < offset + n; i++) {
      float positive = Math.max(y[i], 0f);
      y[i] = positive * positive;
    }
  }

  @Override
  public void decay(float[] w, int wOffset, float[] bias, int biasOffset, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector rate = sigmoid(load(w, wOffset + i).add(load(bias, biasOffset + i)));
      exp(rate.mul(-MAX_DECAY_RATE)).intoArray(w, wOffset + i);
    }
    for (; i < n; i++) {
      float rate = Exp.sigmoid(w[wOffset + i] + bias[biasOffset + i]);
      w[wOffset + i] = Exp.exp(-MAX_DECAY_RATE * rate);
    }
  }

  @Override
  public void add(float[] x, int xOffset, float[] y, int yOffset, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(y, yOffset + i).add(load(x, xOffset + i)).intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      y[yOffset + i] += x[xOffset + i];
    }
  }

  @Override
  public void multiply(float[] x, int xOffset, float[] y, int yOffset, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(y, yOffset + i).mul(load(x, xOffset + i)).intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      y[yOffset + i] *= x[xOffset + i];
    }
  }

  @Override
  public void scaleAdd(float[] y, int yOffset, float factor, float[] x, int xOffset, int n) {
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(y, yOffset + i).fma(factors, load(x, xOffset + i)).intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      y[yOffset + i] = Math.fma(y[yOffset + i], factor, x[xOffset + i]);
    }
  }

  @Override
  public void axpy(float factor, float[] x, int xOffset, float[] y, int yOffset, int n) {
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(x, xOffset + i).fma(factors, load(y, yOffset + i)).intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      y[yOffset + i] = Math.fma(factor, x[xOffset + i], y[yOffset + i]);
    }
  }

  @Override
  public void scale(float[] y, int offset, float factor, int n) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      load(y, i).mul(factor).intoArray(y, i);
    }
    for (; i < offset + n; i++) {
      y[i] *= factor;
    }
  }

  @Override
  public float max(float[] x, int offset, int n) {
    float max = x[offset];
    int i = offset;
    if (n >= LANES) {
      FloatVector largest = load(x, offset);
      for (i += LANES; i <= offset + n - LANES; i += LANES) {
        largest = largest.max(load(x, i));
      }
      max = largest.reduceLanes(VectorOperators.MAX);
    }
    for (; i < offset + n; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  @Override
  public float expSum(float[] x, int offset, int n, float max, float scale) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      exp(load(x, offset + i).sub(max).mul(scale)).intoArray(x, offset + i);
    }
    for (; i < n; i++) {
      x[offset + i] = Exp.exp((x[offset + i] - max) * scale);
    }
    return sum(x, offset, n);
  }

  // --- RWKV-7 --------------------------------------------------------------------------------

  @Override
  public void keys(
      float[] k,
      int offset,
      float[] a,
      float[] keyScale,
      float[] keyMix,
      int weightOffset,
      float[] kappa,
      float[] b,
      int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(k, offset + i).mul(load(keyScale, weightOffset + i)).intoArray(kappa, offset + i);
    }
    for (; i < n; i++) {
      kappa[offset + i] = k[offset + i] * keyScale[weightOffset + i];
    }
    float inverse = ScalarKernels.inverseNorm(squares(kappa, offset, n, 0f));
    FloatVector one = FloatVector.broadcast(FLOATS, 1f);
    for (i = 0; i <= n - LANES; i += LANES) {
      FloatVector rate = load(a, offset + i);
      FloatVector normal = load(kappa, offset + i).mul(inverse);
      normal.intoArray(kappa, offset + i);
      normal.mul(rate).intoArray(b, offset + i);
      FloatVector mix = rate.sub(one).fma(load(keyMix, weightOffset + i), one);
      load(k, offset + i).mul(mix).intoArray(k, offset + i);
    }
    for (; i < n; i++) {
      float rate = a[offset + i];
      float normal = kappa[offset + i] * inverse;
      kappa[offset + i] = normal;
      b[offset + i] = normal * rate;
      k[offset + i] *= Math.fma(rate - 1f, keyMix[weightOffset + i], 1f);
    }
  }

  @Override
  public void wkv7(
      float[] s,
      int sOffset,
      int n,
      int tokens,
      float[] r,
      float[] w,
      float[] k,
      float[] v,
      float[] kappa,
      float[] b,
      float[] y,
      int offset,
      int stride) {
    // Rows of the state do not meet each other, so a band of them can run through all tokens while
    // it stays in the first-level cache.
    int row = 0;
    for (; row <= n - 4 * LANES; row += 4 * LANES) {
      for (int t = 0; t < tokens; t++) {
        wkv7Rows4(s, sOffset + row, n, r, w, k, v, kappa, b, y, offset + t * stride, row);
      }
    }
    for (; row <= n - LANES; row += LANES) {
      for (int t = 0; t < tokens; t++) {
        wkv7Rows1(s, sOffset + row, n, r, w, k, v, kappa, b, y, offset + t * stride, row);
      }
    }
    for (; row < n; row++) {
      for (int t = 0; t < tokens; t++) {
        ScalarKernels.wkv7Row(s, sOffset, n, row, r, w, k, v, kappa, b, y, offset + t * stride);
      }
    }
  }

  private static void wkv7Rows1(
      float[] s,
      int sAt,
      int n,
      float[] r,
      float[] w,
      float[] k,
      float[] v,
      float[] kappa,
      float[] b,
      float[] y,
      int at,
      int row) {
    FloatVector removed = FloatVector.zero(FLOATS);
    for (int j = 0; j < n; j++) {
      removed = load(s, sAt + j * n).fma(FloatVector.broadcast(FLOATS, kappa[at + j]), removed);
    }
    removed = removed.neg();
    FloatVector value = load(v, at + row);
    FloatVector out = FloatVector.zero(FLOATS);
    for (int j = 0; j < n; j++) {
      FloatVector kept =
          removed.fma(
              FloatVector.broadcast(FLOATS, b[at + j]), load(s, sAt + j * n).mul(w[at + j]));
      FloatVector column = value.fma(FloatVector.broadcast(FLOATS, k[at + j]), kept);
      column.intoArray(s, sAt + j * n);
      out = column.fma(FloatVector.broadcast(FLOATS, r[at + j]), out);
    }
    out.intoArray(y, at + row);
  }

  private static void wkv7Rows4(
      float[] s,
      int sAt,
      int n,
      float[] r,
      float[] w,
      float[] k,
      float[] v,
      float[] kappa,
      float[] b,
      float[] y,
      int at,
      int row) {
    FloatVector removed0 = FloatVector.zero(FLOATS);
    FloatVector removed1 = removed0, removed2 = removed0, removed3 = removed0;
    for (int j = 0; j < n; j++) {
      int column = sAt + j * n;
      FloatVector key = FloatVector.broadcast(FLOATS, kappa[at + j]);
      removed0 = load(s, column).fma(key, removed0);
      removed1 = load(s, column + LANES).fma(key, removed1);
      removed2 = load(s, column + 2 * LANES).fma(key, removed2);
      removed3 = load(s, column + 3 * LANES).fma(key, removed3);
    }
    removed0 = removed0.neg();
    removed1 = removed1.neg();
    removed2 = removed2.neg();
    removed3 = removed3.neg();
    FloatVector value0 = load(v, at + row);
    FloatVector value1 = load(v, at + row + LANES);
    FloatVector value2 = load(v, at + row + 2 * LANES);
    FloatVector value3 = load(v, at + row + 3 * LANES);
    FloatVector out0 = FloatVector.zero(FLOATS);
    FloatVector out1 = out0, out2 = out0, out3 = out0;
    for (int j = 0; j < n; j++) {
      int column = sAt + j * n;
      FloatVector decay = FloatVector.broadcast(FLOATS, w[at + j]);
      FloatVector rate = FloatVector.broadcast(FLOATS, b[at + j]);
      FloatVector key = FloatVector.broadcast(FLOATS, k[at + j]);
      FloatVector query = FloatVector.broadcast(FLOATS, r[at + j]);
      FloatVector s0 = value0.fma(key, removed0.fma(rate, load(s, column).mul(decay)));
      FloatVector s1 = value1.fma(key, removed1.fma(rate, load(s, column + LANES).mul(decay)));
      FloatVector s2 = value2.fma(key, removed2.fma(rate, load(s, column + 2 * LANES).mul(decay)));
      FloatVector s3 = value3.fma(key, removed3.fma(rate, load(s, column + 3 * LANES).mul(decay)));
      s0.intoArray(s, column);
      s1.intoArray(s, column + LANES);
      s2.intoArray(s, column + 2 * LANES);
      s3.intoArray(s, column + 3 * LANES);
      out0 = s0.fma(query, out0);
      out1 = s1.fma(query, out1);
      out2 = s2.fma(query, out2);
      out3 = s3.fma(query, out3);
    }
    out0.intoArray(y, at + row);
    out1.intoArray(y, at + row + LANES);
    out2.intoArray(y, at + row + 2 * LANES);
    out3.intoArray(y, at + row + 3 * LANES);
  }

  // --- the machine ---------------------------------------------------------------------------

  @Override
  public float fmaChain(int rounds, float seed) {
    FloatVector half = FloatVector.broadcast(FLOATS, 0.5f);
    FloatVector one = FloatVector.broadcast(FLOATS, 1f);
    FloatVector a = FloatVector.broadcast(FLOATS, seed);
    FloatVector b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a;
    for (int round = 0; round < rounds; round++) {
      a = a.fma(half, one);
      b = b.fma(half, one);
      c = c.fma(half, one);
      d = d.fma(half, one);
      e = e.fma(half, one);
      f = f.fma(half, one);
      g = g.fma(half, one);
      h = h.fma(half, one);
      i = i.fma(half, one);
      j = j.fma(half, one);
    }
    a = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j);
    return a.lane(0);
  }

  @Override
  public double fmaChainFlops(int rounds) {
    return 10.0 * 2 * LANES * rounds;
  }

  @Override
  public float readAll(MemorySegment memory, long from, long bytes) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = FloatVector.zero(FLOATS);
    FloatVector c = FloatVector.zero(FLOATS);
    FloatVector d = FloatVector.zero(FLOATS);
    int step = LANES * Float.BYTES;
    for (int at = 0; at < (int) bytes; at += 4 * step) {
      a = a.add(FloatVector.fromMemorySegment(FLOATS, memory, from + at, ORDER));
      b = b.add(FloatVector.fromMemorySegment(FLOATS, memory, from + at + step, ORDER));
      c = c.add(FloatVector.fromMemorySegment(FLOATS, memory, from + at + 2 * step, ORDER));
      d = d.add(FloatVector.fromMemorySegment(FLOATS, memory, from + at + 3 * step, ORDER));
    }
    return a.add(b).add(c.add(d)).lane(0);
  }
}
