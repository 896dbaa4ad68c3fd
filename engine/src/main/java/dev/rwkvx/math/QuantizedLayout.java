package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How 8-bit and 4-bit weights lie in a panel: groups of 32 inputs × 32 outputs, one group behind
 * the other.
 *
 * <p>A group begins with one scale d per output and, in 4-bit groups, one minimum m per output, all
 * binary16; outputs l and l + 16 share an int, l in its lower half. Then come the codes c in ints
 * of 16 lanes, so that each int holds the codes of outputs l and l + 16 for two inputs (8 bits) or
 * four (4 bits). 8-bit codes follow each other, lowest bits first: (input 0, output l), (input 0,
 * output l + 16), (input 1, output l) …. 4-bit codes do, too, but begin at bit 15 and go round.
 *
 * <p>An 8-bit weight is d · (c − 128), a 4-bit weight m + d · c. Products take the code as a float
 * f = base + c, made by putting c into the mantissa of the base: they sum x · f over the inputs of
 * a group, in order, and then add d · sum + shift · X, where X is the sum of x over the group and
 * shift makes up for the base.
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

  /** Codes in bits 15 … 22 (or 15 … 18) of a float add their value to 256. */
  static final int MASK_8 = 0x007f8000;

  static final int MASK_4_LOW = 0x00078000;
  static final int BASE_BITS = 0x43800000;
  static final float BASE = 256f;

  /** Codes in bits 19 … 22 of a float add their value to 16. */
  static final int MASK_4_HIGH = 0x00780000;

  static final int HIGH_BASE_BITS = 0x41800000;
  static final float HIGH_BASE = 16f;

  /** What an 8-bit code stands for is this much less. */
  static final float ZERO_8 = 128f;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  private QuantizedLayout() {}

  private static long group(WeightType type, long offset, int group) {
    return offset + type.panelBytes(group * GROUP);
  }

  /** Weight (input, lane) of the panel at {@code offset}. */
  static float weight(WeightType type, MemorySegment panels, long offset, int input, int lane) {
    int group = input / GROUP;
    float scale = scale(type, panels, offset, group, lane);
    float shift = shift(type, panels, offset, group, lane);
    return Math.fma(scale, code(type, panels, offset, input, lane), shift);
  }

  /** f of (input, lane): the base of its lane plus the code. */
  static float code(WeightType type, MemorySegment panels, long offset, int input, int lane) {
    long group = group(type, offset, input / GROUP);
    int within = input % GROUP;
    boolean low = lane < LANES;
    if (type == WeightType.Q8) {
      int codes = panels.get(INT, group + Q8_CODES + within / 2 * ROW + lane % LANES * 4L);
      return BASE + (codes >>> shift8(within, lane) & 0xff);
    }
    int codes = panels.get(INT, group + Q4_CODES + within / 4 * ROW + lane % LANES * 4L);
    int code = Integer.rotateRight(codes, rotation4(within, lane)) & 0xf;
    return (low ? BASE : HIGH_BASE) + code;
  }

  /** The lowest bit of an 8-bit code in its int. */
  static int shift8(int within, int lane) {
    return within % 2 * 16 + lane / LANES * 8;
  }

  /** The lowest bit of a 4-bit code in its int. */
  static int rotation4(int within, int lane) {
    return (15 + within % 4 * 8 + lane / LANES * 4) % 32;
  }

  /** d of (group, lane). */
  static float scale(WeightType type, MemorySegment panels, long offset, int group, int lane) {
    return half(panels, group(type, offset, group), lane);
  }

  /** What a unit of x adds besides d · f. */
  static float shift(WeightType type, MemorySegment panels, long offset, int group, int lane) {
    float scale = scale(type, panels, offset, group, lane);
    if (type == WeightType.Q8) {
      return scale * -(BASE + ZERO_8);
    }
    float minimum = half(panels, group(type, offset, group) + Q4_MINIMA, lane);
    return Math.fma(scale, lane < LANES ? -BASE : -HIGH_BASE, minimum);
  }

  /** Codes and scales of 32 inputs of an output. */
  static void get(Matrix matrix, int output, int index, CodeGroup target) {
    WeightType type = matrix.type();
    MemorySegment panels = matrix.panels();
    int lane = output % Kernels.PANEL;
    long offset = output / Kernels.PANEL * matrix.panelStride();
    long at = group(type, offset, index);
    boolean wide = type == WeightType.Q8;
    short minimum = wide ? 0 : halfBits(panels, at + Q4_MINIMA, lane);
    target.scales(halfBits(panels, at, lane), minimum);
    float zero = wide ? BASE + ZERO_8 : lane < LANES ? BASE : HIGH_BASE;
    for (int i = 0; i < GROUP; i++) {
      target.code(i, (int) (code(type, panels, offset, index * GROUP + i, lane) - zero));
    }
  }

  /** The binary16 of output {@code lane} in a row of scales or minima. */
  private static float half(MemorySegment panels, long row, int lane) {
    return Halves.f16(halfBits(panels, row, lane));
  }

  private static short halfBits(MemorySegment panels, long row, int lane) {
    int pair = panels.get(INT, row + lane % LANES * 4L);
    return (short) (lane < LANES ? pair : pair >>> 16);
  }
}
