package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How 8-bit and 4-bit weights lie in a panel: groups of 32 inputs × 32 outputs, one group behind
 * the other.
 *
 * <p>A group begins with one scale per output and, in 4-bit groups, one minimum per output, all
 * binary16; outputs l and l + 16 share an int, l in its lower half. Then come the codes in ints of
 * 16 lanes, so that each int holds the codes of outputs l and l + 16 for two inputs (8 bits) or
 * four (4 bits), lowest bits first: (input 0, output l), (input 0, output l + 16), (input 1, …) ….
 *
 * <p>An 8-bit weight is scale · (code − 128), a 4-bit weight minimum + scale · code. Both are
 * computed with one fused multiply-add from a float that has the code in its mantissa.
 */
final class QuantizedLayout {
  /** Inputs and outputs of a group. */
  static final int GROUP = 32;

  /** Outputs whose codes have a lane of their own. */
  static final int LANES = 16;

  /** Bytes of one int vector of codes. */
  static final int ROW = LANES * 4;

  /** Where the codes of an 8-bit group start. */
  static final int Q8_CODES = ROW;

  static final int Q8_BYTES = Q8_CODES + GROUP * GROUP;

  /** Where the minima of a 4-bit group start. */
  static final int Q4_MINIMA = ROW;

  static final int Q4_CODES = 2 * ROW;
  static final int Q4_BYTES = Q4_CODES + GROUP * GROUP / 2;

  /** 256 as a float: a code in the upper 8 bits of the mantissa adds its value. */
  static final int Q8_EXPONENT = 0x43800000;

  static final int Q8_MASK = 0x007f8000;
  static final int Q8_SHIFT = 15;

  /** −(256 + 128): what makes the float signed again, in units of the scale. */
  static final float Q8_OFFSET = -384f;

  /** 16 as a float: a code in the upper 4 bits of the mantissa adds its value. */
  static final int Q4_EXPONENT = 0x41800000;

  static final int Q4_MASK = 0x00780000;
  static final int Q4_SHIFT = 19;
  static final float Q4_OFFSET = -16f;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  private QuantizedLayout() {}

  /** Weight (input, lane) of the 8-bit panel at {@code offset}. */
  static float q8(MemorySegment panels, long offset, int input, int lane) {
    long group = offset + (long) (input / GROUP) * Q8_BYTES;
    int within = input % GROUP;
    float scale = half(panels, group, lane);
    int codes = panels.get(INT, group + Q8_CODES + within / 2 * ROW + lane % LANES * 4L);
    int code = codes >>> (within % 2 * 16 + lane / LANES * 8) & 0xff;
    float shifted = Float.intBitsToFloat(code << Q8_SHIFT | Q8_EXPONENT);
    return Math.fma(shifted, scale, scale * Q8_OFFSET);
  }

  /** Weight (input, lane) of the 4-bit panel at {@code offset}. */
  static float q4(MemorySegment panels, long offset, int input, int lane) {
    long group = offset + (long) (input / GROUP) * Q4_BYTES;
    int within = input % GROUP;
    float scale = half(panels, group, lane);
    float minimum = half(panels, group + Q4_MINIMA, lane);
    int codes = panels.get(INT, group + Q4_CODES + within / 4 * ROW + lane % LANES * 4L);
    int code = codes >>> (within % 4 * 8 + lane / LANES * 4) & 0xf;
    float shifted = Float.intBitsToFloat(code << Q4_SHIFT | Q4_EXPONENT);
    return Math.fma(shifted, scale, Math.fma(scale, Q4_OFFSET, minimum));
  }

  /** The binary16 of output {@code lane} in a row of scales or minima. */
  private static float half(MemorySegment panels, long row, int lane) {
    int pair = panels.get(INT, row + lane % LANES * 4L);
    return Halves.f16((short) (lane < LANES ? pair : pair >>> 16));
  }
}
