package dev.rwkvx.math;

import static dev.rwkvx.math.QuantizedLayout.BASE;
import static dev.rwkvx.math.QuantizedLayout.BASE_BITS;
import static dev.rwkvx.math.QuantizedLayout.GROUP;
import static dev.rwkvx.math.QuantizedLayout.HIGH_BASE;
import static dev.rwkvx.math.QuantizedLayout.HIGH_BASE_BITS;
import static dev.rwkvx.math.QuantizedLayout.MASK_4_HIGH;
import static dev.rwkvx.math.QuantizedLayout.MASK_4_LOW;
import static dev.rwkvx.math.QuantizedLayout.MASK_8;
import static dev.rwkvx.math.QuantizedLayout.Q4_CODES;
import static dev.rwkvx.math.QuantizedLayout.Q4_MINIMA;
import static dev.rwkvx.math.QuantizedLayout.Q8_CODES;
import static dev.rwkvx.math.QuantizedLayout.ROW;
import static dev.rwkvx.math.QuantizedLayout.ZERO_8;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One group of 32 inputs × 32 outputs of 8-bit or 4-bit codes; see {@link QuantizedLayout}.
 *
 * <p>The methods hand over through memory: in one large method, or carried through nested loops,
 * vectors would be boxed.
 */
final class VectorQuantized {
  private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
  private static final VectorSpecies<Integer> INTS = VectorKernels.INTS;
  private static final int LANES = FLOATS.length();
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final int HALF = Kernels.PANEL / 2;
  private static final int SHIFTS = Kernels.PANEL;

  private VectorQuantized() {}

  // --- scales --------------------------------------------------------------------------------

  /** Widens a group's scales d to out[0 … 31] and computes its shifts to out[32 … 63]. */
  static void scales(WeightType type, MemorySegment weights, long group, float[] out) {
    for (int lane = 0; lane < HALF; lane += LANES) {
      if (type == WeightType.Q8) {
        scales8(weights, group + lane * 4L, out, lane);
      } else {
        scales4(weights, group + lane * 4L, out, lane);
      }
    }
  }

  private static void scales8(MemorySegment weights, long at, float[] out, int lane) {
    IntVector scales = ints(weights, at);
    FloatVector low = half(left(scales, 16));
    FloatVector high = half(scales);
    low.intoArray(out, lane);
    high.intoArray(out, HALF + lane);
    low.mul(-(BASE + ZERO_8)).intoArray(out, SHIFTS + lane);
    high.mul(-(BASE + ZERO_8)).intoArray(out, SHIFTS + HALF + lane);
  }

  private static void scales4(MemorySegment weights, long at, float[] out, int lane) {
    IntVector scales = ints(weights, at);
    IntVector minima = ints(weights, at + Q4_MINIMA);
    FloatVector low = half(left(scales, 16));
    FloatVector high = half(scales);
    low.intoArray(out, lane);
    high.intoArray(out, HALF + lane);
    low.fma(FloatVector.broadcast(FLOATS, -BASE), half(left(minima, 16)))
        .intoArray(out, SHIFTS + lane);
    high.fma(FloatVector.broadcast(FLOATS, -HIGH_BASE), half(minima))
        .intoArray(out, SHIFTS + HALF + lane);
  }

  /**
   * y[row][0 … 31] += d · sums[row] + shift · X[row].
   *
   * @param groupSums X of row i at {@code groupSumsAt + i·groupSumsStride}
   */
  static void add(
      float[] sums,
      float[] scales,
      int rows,
      float[] groupSums,
      int groupSumsAt,
      int groupSumsStride,
      float[] y,
      int yAt,
      int yStride) {
    for (int lane = 0; lane < Kernels.PANEL; lane += 2 * LANES) {
      addLanes(
          sums,
          lane,
          scales,
          rows,
          groupSums,
          groupSumsAt,
          groupSumsStride,
          y,
          yAt + lane,
          yStride);
    }
  }

  private static void addLanes(
      float[] sums,
      int lane,
      float[] scales,
      int rows,
      float[] groupSums,
      int groupSumsAt,
      int groupSumsStride,
      float[] y,
      int yAt,
      int yStride) {
    FloatVector d0 = FloatVector.fromArray(FLOATS, scales, lane);
    FloatVector d1 = FloatVector.fromArray(FLOATS, scales, lane + LANES);
    FloatVector shift0 = FloatVector.fromArray(FLOATS, scales, SHIFTS + lane);
    FloatVector shift1 = FloatVector.fromArray(FLOATS, scales, SHIFTS + lane + LANES);
    for (int row = 0; row < rows; row++) {
      FloatVector x = FloatVector.broadcast(FLOATS, groupSums[groupSumsAt + row * groupSumsStride]);
      int at = row * Kernels.PANEL + lane;
      int to = yAt + row * yStride;
      FloatVector y0 = shift0.fma(x, FloatVector.fromArray(FLOATS, y, to));
      FloatVector y1 = shift1.fma(x, FloatVector.fromArray(FLOATS, y, to + LANES));
      d0.fma(FloatVector.fromArray(FLOATS, sums, at), y0).intoArray(y, to);
      d1.fma(FloatVector.fromArray(FLOATS, sums, at + LANES), y1).intoArray(y, to + LANES);
    }
  }

  // --- codes ---------------------------------------------------------------------------------

  /** sums[0 … 31] = Σ_i x[i] · f[i][0 … 31]. */
  static void product(
      WeightType type, MemorySegment weights, long group, float[] x, int xAt, float[] sums) {
    for (int lane = 0; lane < HALF; lane += LANES) {
      if (type == WeightType.Q8) {
        product8(weights, group + Q8_CODES + lane * 4L, x, xAt, sums, lane);
      } else {
        product4(weights, group + Q4_CODES + lane * 4L, x, xAt, sums, lane);
      }
    }
  }

  private static void product8(
      MemorySegment weights, long at, float[] x, int xAt, float[] sums, int lane) {
    IntVector mask = IntVector.broadcast(INTS, MASK_8);
    IntVector base = IntVector.broadcast(INTS, BASE_BITS);
    FloatVector low = FloatVector.zero(FLOATS);
    FloatVector high = FloatVector.zero(FLOATS);
    for (int j = 0; j < GROUP / 2; j++) {
      IntVector codes = ints(weights, at + j * (long) ROW);
      FloatVector x0 = input(x, xAt + 2 * j);
      low = code(left(codes, 15), mask, base).fma(x0, low);
      high = code(left(codes, 7), mask, base).fma(x0, high);
      FloatVector x1 = input(x, xAt + 2 * j + 1);
      low = code(right(codes, 1), mask, base).fma(x1, low);
      high = code(right(codes, 9), mask, base).fma(x1, high);
    }
    low.intoArray(sums, lane);
    high.intoArray(sums, HALF + lane);
  }

  private static void product4(
      MemorySegment weights, long at, float[] x, int xAt, float[] sums, int lane) {
    IntVector lowMask = IntVector.broadcast(INTS, MASK_4_LOW);
    IntVector lowBase = IntVector.broadcast(INTS, BASE_BITS);
    IntVector highMask = IntVector.broadcast(INTS, MASK_4_HIGH);
    IntVector highBase = IntVector.broadcast(INTS, HIGH_BASE_BITS);
    FloatVector low = FloatVector.zero(FLOATS);
    FloatVector high = FloatVector.zero(FLOATS);
    for (int j = 0; j < GROUP / 4; j++) {
      IntVector codes = ints(weights, at + j * (long) ROW);
      FloatVector x0 = input(x, xAt + 4 * j);
      low = code(codes, lowMask, lowBase).fma(x0, low);
      high = code(codes, highMask, highBase).fma(x0, high);
      IntVector codes1 = right(codes, 8);
      FloatVector x1 = input(x, xAt + 4 * j + 1);
      low = code(codes1, lowMask, lowBase).fma(x1, low);
      high = code(codes1, highMask, highBase).fma(x1, high);
      IntVector codes2 = rotate16(codes);
      FloatVector x2 = input(x, xAt + 4 * j + 2);
      low = code(codes2, lowMask, lowBase).fma(x2, low);
      high = code(codes2, highMask, highBase).fma(x2, high);
      IntVector codes3 = left(codes, 8);
      FloatVector x3 = input(x, xAt + 4 * j + 3);
      low = code(codes3, lowMask, lowBase).fma(x3, low);
      high = code(codes3, highMask, highBase).fma(x3, high);
    }
    low.intoArray(sums, lane);
    high.intoArray(sums, HALF + lane);
  }

  /** Widens f of a group to an F32 panel. */
  static void widen(WeightType type, MemorySegment weights, long group, MemorySegment panel) {
    for (int lane = 0; lane < HALF; lane += LANES) {
      if (type == WeightType.Q8) {
        widen8(weights, group + Q8_CODES + lane * 4L, panel, lane * 4L);
      } else {
        widen4(weights, group + Q4_CODES + lane * 4L, panel, lane * 4L);
      }
    }
  }

  private static final int PANEL_ROW = Kernels.PANEL * Float.BYTES;
  private static final int HALF_ROW = PANEL_ROW / 2;

  private static void widen8(MemorySegment weights, long at, MemorySegment panel, long to) {
    IntVector mask = IntVector.broadcast(INTS, MASK_8);
    IntVector base = IntVector.broadcast(INTS, BASE_BITS);
    for (int j = 0; j < GROUP / 2; j++) {
      IntVector codes = ints(weights, at + j * (long) ROW);
      long row = to + 2L * j * PANEL_ROW;
      store(code(left(codes, 15), mask, base), panel, row);
      store(code(left(codes, 7), mask, base), panel, row + HALF_ROW);
      store(code(right(codes, 1), mask, base), panel, row + PANEL_ROW);
      store(code(right(codes, 9), mask, base), panel, row + PANEL_ROW + HALF_ROW);
    }
  }

  private static void widen4(MemorySegment weights, long at, MemorySegment panel, long to) {
    IntVector lowMask = IntVector.broadcast(INTS, MASK_4_LOW);
    IntVector lowBase = IntVector.broadcast(INTS, BASE_BITS);
    IntVector highMask = IntVector.broadcast(INTS, MASK_4_HIGH);
    IntVector highBase = IntVector.broadcast(INTS, HIGH_BASE_BITS);
    for (int j = 0; j < GROUP; j++) {
      // All that matters of the rotation are the eight bits that come to stand at 15 … 22.
      IntVector codes = ints(weights, at + j / 4 * (long) ROW);
      IntVector turned = left(codes, 32 - j % 4 * 8).or(right(codes, j % 4 * 8));
      long row = to + (long) j * PANEL_ROW;
      store(code(turned, lowMask, lowBase), panel, row);
      store(code(turned, highMask, highBase), panel, row + HALF_ROW);
    }
  }

  private static void store(FloatVector v, MemorySegment panel, long at) {
    v.intoMemorySegment(panel, at, ORDER);
  }

  private static IntVector ints(MemorySegment weights, long at) {
    return IntVector.fromMemorySegment(INTS, weights, at, ORDER);
  }

  private static FloatVector input(float[] x, int at) {
    return FloatVector.broadcast(FLOATS, x[at]);
  }

  /** The float base + code, from the code in its place in the mantissa. */
  private static FloatVector code(IntVector shifted, IntVector mask, IntVector base) {
    return shifted.and(mask).or(base).reinterpretAsFloats();
  }

  /** The binary16 in the upper half of each lane. */
  private static FloatVector half(IntVector upper) {
    return VectorPanels16.f16(upper, VectorPanels16.f16Mask(), VectorPanels16.f16Scale());
  }

  private static IntVector left(IntVector v, int bits) {
    return v.lanewise(VectorOperators.LSHL, bits);
  }

  private static IntVector right(IntVector v, int bits) {
    return v.lanewise(VectorOperators.LSHR, bits);
  }

  private static IntVector rotate16(IntVector v) {
    return v.lanewise(VectorOperators.ROL, 16);
  }
}
