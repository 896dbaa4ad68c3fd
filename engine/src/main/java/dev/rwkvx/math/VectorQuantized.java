package dev.rwkvx.math;

import static dev.rwkvx.math.QuantizedLayout.GROUP;
import static dev.rwkvx.math.QuantizedLayout.Q4_BYTES;
import static dev.rwkvx.math.QuantizedLayout.Q4_CODES;
import static dev.rwkvx.math.QuantizedLayout.Q4_EXPONENT;
import static dev.rwkvx.math.QuantizedLayout.Q4_MASK;
import static dev.rwkvx.math.QuantizedLayout.Q4_MINIMA;
import static dev.rwkvx.math.QuantizedLayout.Q4_OFFSET;
import static dev.rwkvx.math.QuantizedLayout.Q8_BYTES;
import static dev.rwkvx.math.QuantizedLayout.Q8_CODES;
import static dev.rwkvx.math.QuantizedLayout.Q8_EXPONENT;
import static dev.rwkvx.math.QuantizedLayout.Q8_MASK;
import static dev.rwkvx.math.QuantizedLayout.Q8_OFFSET;
import static dev.rwkvx.math.QuantizedLayout.ROW;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Products with 8-bit and 4-bit panels, widened in registers; see {@link QuantizedLayout}. */
final class VectorQuantized {
  private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
  private static final VectorSpecies<Integer> INTS = VectorKernels.INTS;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final int HALF = Kernels.PANEL / 2;

  private VectorQuantized() {}

  private static IntVector ints(MemorySegment weights, long at) {
    return IntVector.fromMemorySegment(INTS, weights, at, ORDER);
  }

  private static FloatVector input(float[] x, int at) {
    return FloatVector.broadcast(FLOATS, x[at]);
  }

  /** The float 256 (or 16) + code, from the code in its place in the mantissa. */
  private static FloatVector code(IntVector shifted, IntVector mask, IntVector exponent) {
    return shifted.and(mask).or(exponent).reinterpretAsFloats();
  }

  /** The binary16 in the upper half of each lane. */
  private static FloatVector half(IntVector upper) {
    return VectorPanels.f16(upper, VectorPanels.f16Mask(), VectorPanels.f16Scale());
  }

  private static IntVector left(IntVector v, int bits) {
    return v.lanewise(VectorOperators.LSHL, bits);
  }

  private static IntVector right(IntVector v, int bits) {
    return v.lanewise(VectorOperators.LSHR, bits);
  }

  // Scales and sums pass between these methods through memory, 32 floats each: sums, scales,
  // offsets. In one large method, or carried through nested loops, vectors would be boxed; methods
  // of more than 325 bytes of code are not merged into their callers.

  private static final int SCALES = Kernels.PANEL;
  private static final int OFFSETS = 2 * Kernels.PANEL;

  // When a group is widened they wait in its last rows, which are written last.
  private static final int SCALES_ROW = GROUP - 1;
  private static final int OFFSETS_ROW = GROUP - 2;

  /** Sums for the outputs of one vector of lanes and their partners 16 further on. */
  static void q8(
      MemorySegment weights, long at, int n, float[] x, int xOffset, float[] sums, int lane) {
    zero(sums, lane);
    for (int i = 0; i < n; i += GROUP) {
      long group = at + (long) (i / GROUP) * Q8_BYTES;
      q8Scales(weights, group, sums, SCALES + lane, OFFSETS + lane);
      q8Group(weights, group + Q8_CODES, Math.min(GROUP, n - i), x, xOffset + i, sums, lane);
    }
  }

  private static void q8Scales(
      MemorySegment weights, long group, float[] out, int scalesAt, int offsetsAt) {
    IntVector scales = ints(weights, group);
    FloatVector low = half(left(scales, 16));
    FloatVector high = half(scales);
    low.intoArray(out, scalesAt);
    high.intoArray(out, scalesAt + HALF);
    low.mul(Q8_OFFSET).intoArray(out, offsetsAt);
    high.mul(Q8_OFFSET).intoArray(out, offsetsAt + HALF);
  }

  private static void q8Group(
      MemorySegment weights, long codesAt, int inputs, float[] x, int xAt, float[] sums, int lane) {
    IntVector mask = IntVector.broadcast(INTS, Q8_MASK);
    IntVector exponent = IntVector.broadcast(INTS, Q8_EXPONENT);
    FloatVector lowScale = FloatVector.fromArray(FLOATS, sums, SCALES + lane);
    FloatVector highScale = FloatVector.fromArray(FLOATS, sums, SCALES + HALF + lane);
    FloatVector lowOffset = FloatVector.fromArray(FLOATS, sums, OFFSETS + lane);
    FloatVector highOffset = FloatVector.fromArray(FLOATS, sums, OFFSETS + HALF + lane);
    FloatVector low = FloatVector.fromArray(FLOATS, sums, lane);
    FloatVector high = FloatVector.fromArray(FLOATS, sums, HALF + lane);
    for (int j = 0; j < inputs / 2; j++) {
      IntVector codes = ints(weights, codesAt + j * (long) ROW);
      FloatVector x0 = input(x, xAt + 2 * j);
      low = code(left(codes, 15), mask, exponent).fma(lowScale, lowOffset).fma(x0, low);
      high = code(left(codes, 7), mask, exponent).fma(highScale, highOffset).fma(x0, high);
      FloatVector x1 = input(x, xAt + 2 * j + 1);
      low = code(right(codes, 1), mask, exponent).fma(lowScale, lowOffset).fma(x1, low);
      high = code(right(codes, 9), mask, exponent).fma(highScale, highOffset).fma(x1, high);
    }
    if (inputs % 2 == 1) {
      int j = inputs / 2;
      IntVector codes = ints(weights, codesAt + j * (long) ROW);
      FloatVector last = input(x, xAt + 2 * j);
      low = code(left(codes, 15), mask, exponent).fma(lowScale, lowOffset).fma(last, low);
      high = code(left(codes, 7), mask, exponent).fma(highScale, highOffset).fma(last, high);
    }
    low.intoArray(sums, lane);
    high.intoArray(sums, HALF + lane);
  }

  static void q4(
      MemorySegment weights, long at, int n, float[] x, int xOffset, float[] sums, int lane) {
    zero(sums, lane);
    for (int i = 0; i < n; i += GROUP) {
      long group = at + (long) (i / GROUP) * Q4_BYTES;
      q4Scales(weights, group, sums, SCALES + lane, OFFSETS + lane);
      q4Group(weights, group + Q4_CODES, Math.min(GROUP, n - i), x, xOffset + i, sums, lane);
    }
  }

  private static void q4Scales(
      MemorySegment weights, long group, float[] out, int scalesAt, int offsetsAt) {
    IntVector scales = ints(weights, group);
    IntVector minima = ints(weights, group + Q4_MINIMA);
    FloatVector offset = FloatVector.broadcast(FLOATS, Q4_OFFSET);
    FloatVector low = half(left(scales, 16));
    FloatVector high = half(scales);
    low.intoArray(out, scalesAt);
    high.intoArray(out, scalesAt + HALF);
    low.fma(offset, half(left(minima, 16))).intoArray(out, offsetsAt);
    high.fma(offset, half(minima)).intoArray(out, offsetsAt + HALF);
  }

  private static void q4Group(
      MemorySegment weights, long codesAt, int inputs, float[] x, int xAt, float[] sums, int lane) {
    IntVector mask = IntVector.broadcast(INTS, Q4_MASK);
    IntVector exponent = IntVector.broadcast(INTS, Q4_EXPONENT);
    FloatVector lowScale = FloatVector.fromArray(FLOATS, sums, SCALES + lane);
    FloatVector highScale = FloatVector.fromArray(FLOATS, sums, SCALES + HALF + lane);
    FloatVector lowOffset = FloatVector.fromArray(FLOATS, sums, OFFSETS + lane);
    FloatVector highOffset = FloatVector.fromArray(FLOATS, sums, OFFSETS + HALF + lane);
    FloatVector low = FloatVector.fromArray(FLOATS, sums, lane);
    FloatVector high = FloatVector.fromArray(FLOATS, sums, HALF + lane);
    for (int j = 0; j < inputs / 2; j++) {
      // The lower half of each int, then the upper.
      IntVector codes = right(ints(weights, codesAt + j / 2 * (long) ROW), j % 2 * 16);
      FloatVector x0 = input(x, xAt + 2 * j);
      low = code(left(codes, 19), mask, exponent).fma(lowScale, lowOffset).fma(x0, low);
      high = code(left(codes, 15), mask, exponent).fma(highScale, highOffset).fma(x0, high);
      FloatVector x1 = input(x, xAt + 2 * j + 1);
      low = code(left(codes, 11), mask, exponent).fma(lowScale, lowOffset).fma(x1, low);
      high = code(left(codes, 7), mask, exponent).fma(highScale, highOffset).fma(x1, high);
    }
    if (inputs % 2 == 1) {
      int j = inputs / 2;
      IntVector codes = right(ints(weights, codesAt + j / 2 * (long) ROW), j % 2 * 16);
      FloatVector last = input(x, xAt + 2 * j);
      low = code(left(codes, 19), mask, exponent).fma(lowScale, lowOffset).fma(last, low);
      high = code(left(codes, 15), mask, exponent).fma(highScale, highOffset).fma(last, high);
    }
    low.intoArray(sums, lane);
    high.intoArray(sums, HALF + lane);
  }

  private static void zero(float[] sums, int lane) {
    FloatVector.zero(FLOATS).intoArray(sums, lane);
    FloatVector.zero(FLOATS).intoArray(sums, lane + HALF);
  }

  /** Widens {@code count} inputs, a multiple of 32, of one vector of lanes and their partners. */
  static void unpackQ8(
      MemorySegment weights, long at, int count, float[] out, int outAt, int stride) {
    for (int i = 0; i < count; i += GROUP) {
      long group = at + (long) (i / GROUP) * Q8_BYTES;
      int to = outAt + i * stride;
      q8Scales(weights, group, out, to + SCALES_ROW * stride, to + OFFSETS_ROW * stride);
      unpackQ8Group(weights, group + Q8_CODES, out, to, stride);
    }
  }

  private static void unpackQ8Group(
      MemorySegment weights, long codesAt, float[] out, int outAt, int stride) {
    IntVector mask = IntVector.broadcast(INTS, Q8_MASK);
    IntVector exponent = IntVector.broadcast(INTS, Q8_EXPONENT);
    int scalesAt = outAt + SCALES_ROW * stride;
    int offsetsAt = outAt + OFFSETS_ROW * stride;
    FloatVector lowScale = FloatVector.fromArray(FLOATS, out, scalesAt);
    FloatVector highScale = FloatVector.fromArray(FLOATS, out, scalesAt + HALF);
    FloatVector lowOffset = FloatVector.fromArray(FLOATS, out, offsetsAt);
    FloatVector highOffset = FloatVector.fromArray(FLOATS, out, offsetsAt + HALF);
    for (int j = 0; j < GROUP; j += 2) {
      IntVector codes = ints(weights, codesAt + j / 2 * (long) ROW);
      int to = outAt + j * stride;
      code(left(codes, 15), mask, exponent).fma(lowScale, lowOffset).intoArray(out, to);
      code(left(codes, 7), mask, exponent).fma(highScale, highOffset).intoArray(out, to + HALF);
      to += stride;
      code(right(codes, 1), mask, exponent).fma(lowScale, lowOffset).intoArray(out, to);
      code(right(codes, 9), mask, exponent).fma(highScale, highOffset).intoArray(out, to + HALF);
    }
  }

  static void unpackQ4(
      MemorySegment weights, long at, int count, float[] out, int outAt, int stride) {
    for (int i = 0; i < count; i += GROUP) {
      long group = at + (long) (i / GROUP) * Q4_BYTES;
      int to = outAt + i * stride;
      q4Scales(weights, group, out, to + SCALES_ROW * stride, to + OFFSETS_ROW * stride);
      unpackQ4Group(weights, group + Q4_CODES, out, to, stride);
    }
  }

  private static void unpackQ4Group(
      MemorySegment weights, long codesAt, float[] out, int outAt, int stride) {
    IntVector mask = IntVector.broadcast(INTS, Q4_MASK);
    IntVector exponent = IntVector.broadcast(INTS, Q4_EXPONENT);
    int scalesAt = outAt + SCALES_ROW * stride;
    int offsetsAt = outAt + OFFSETS_ROW * stride;
    FloatVector lowScale = FloatVector.fromArray(FLOATS, out, scalesAt);
    FloatVector highScale = FloatVector.fromArray(FLOATS, out, scalesAt + HALF);
    FloatVector lowOffset = FloatVector.fromArray(FLOATS, out, offsetsAt);
    FloatVector highOffset = FloatVector.fromArray(FLOATS, out, offsetsAt + HALF);
    for (int j = 0; j < GROUP; j += 2) {
      // The lower half of each int, then the upper.
      IntVector codes = right(ints(weights, codesAt + j / 4 * (long) ROW), j % 4 * 8);
      int to = outAt + j * stride;
      code(left(codes, 19), mask, exponent).fma(lowScale, lowOffset).intoArray(out, to);
      code(left(codes, 15), mask, exponent).fma(highScale, highOffset).intoArray(out, to + HALF);
      to += stride;
      code(left(codes, 11), mask, exponent).fma(lowScale, lowOffset).intoArray(out, to);
      code(left(codes, 7), mask, exponent).fma(highScale, highOffset).intoArray(out, to + HALF);
    }
  }
}
