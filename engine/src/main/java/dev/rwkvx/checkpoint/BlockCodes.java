package dev.rwkvx.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntUnaryOperator;

/**
 * A block of a quantised tensor, taken apart. It has groups of 16 or 32 weights; weight i of group
 * g is (base · multiplier g) · code i + minimum g, and computed in this order in single precision
 * it has the bits that ggml gives. Not for use by several threads at once.
 *
 * <p>Source: ggml-quants.c and ggml-common.h of ggml.
 */
public final class BlockCodes {
  private static final int LARGEST_BLOCK = 256;
  private static final int LARGEST_BYTES = 210;
  private static final int SMALLEST_GROUP = 16;

  /** Adding it changes no float, not even a negative zero. */
  private static final float NOTHING = -0.0f;

  private static final byte[] TABLE = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private final byte[] block = new byte[LARGEST_BYTES];
  private final int[] codes = new int[LARGEST_BLOCK];
  private final int[] multipliers = new int[LARGEST_BLOCK / SMALLEST_GROUP];
  private final float[] minima = new float[LARGEST_BLOCK / SMALLEST_GROUP];
  private float base;
  private int group;

  /** {@return weights that share a scale: 16 or 32} */
  public int group() {
    return group;
  }

  /**
   * {@return code {@code i} of the block}
   *
   * @param i the place of the weight in its block
   */
  public int code(int i) {
    return codes[i];
  }

  /** {@return what all scales of the block are multiples of} */
  public float base() {
    return base;
  }

  /**
   * {@return how many times the base the scale of a group is}
   *
   * @param g the group in the block
   */
  public int multiplier(int g) {
    return multipliers[g];
  }

  /**
   * {@return what is added to the weights of a group; −0 where the type has none}
   *
   * @param g the group in the block
   */
  public float minimum(int g) {
    return minima[g];
  }

  /**
   * Takes a block apart.
   *
   * @param data blocks one after the other, at any alignment
   * @param type a quantised type
   * @param index of the block
   */
  public void read(MemorySegment data, DType type, long index) {
    int bytes = type.bytes();
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, index * bytes, block, 0, bytes);
    group = 32;
    multipliers[0] = 1;
    minima[0] = NOTHING;
    switch (type) {
      case Q8_0 -> q8();
      case Q4_0 -> nibbles(2, -8);
      case Q4_1 -> {
        nibbles(4, 0);
        minima[0] = half(2);
      }
      case Q5_0 -> fiveBits(2, -16);
      case Q5_1 -> {
        fiveBits(4, 0);
        minima[0] = half(2);
      }
      case IQ4_NL -> table(2, 0);
      case Q2_K -> q2k();
      case Q3_K -> q3k();
      case Q4_K -> q4k();
      case Q5_K -> q5k();
      case Q6_K -> q6k();
      case IQ4_XS -> iq4xs();
      default -> throw new IllegalArgumentException(type + " is not quantised");
    }
  }

  /**
   * Computes the weights of the block.
   *
   * @param target receives them
   * @param at index of the first
   * @param count weights of the block
   */
  void widen(float[] target, int at, int count) {
    for (int g = 0, i = 0; i < count; g++) {
      float scale = base * multipliers[g];
      float minimum = minima[g];
      for (int end = i + group; i < end; i++) {
        target[at + i] = scale * codes[i] + minimum;
      }
    }
  }

  /**
   * Writes a block of 32 weights.
   *
   * @param type Q8_0, with codes in −128 … 127, or Q4_1, with codes in 0 … 15
   * @param scale bits of a binary16
   * @param minimum bits of a binary16; only for Q4_1
   * @param code tells each of the 32 codes
   * @param target receives the block at byte {@code at}
   */
  public static void put(
      DType type,
      short scale,
      short minimum,
      IntUnaryOperator code,
      MemorySegment target,
      long at) {
    target.set(FloatTypes.SHORT, at, scale);
    switch (type) {
      case Q8_0 -> {
        for (int i = 0; i < 32; i++) {
          target.set(ValueLayout.JAVA_BYTE, at + 2 + i, (byte) code.applyAsInt(i));
        }
      }
      case Q4_1 -> {
        target.set(FloatTypes.SHORT, at + 2, minimum);
        for (int i = 0; i < 16; i++) {
          int pair = code.applyAsInt(i) | code.applyAsInt(16 + i) << 4;
          target.set(ValueLayout.JAVA_BYTE, at + 4 + i, (byte) pair);
        }
      }
      default -> throw new IllegalArgumentException(type + " is not written");
    }
  }

  private int at(int i) {
    return block[i] & 0xff;
  }

  private float half(int i) {
    return FloatTypes.f16ToFloat((short) (at(i) | at(i + 1) << 8));
  }

  // --- blocks of 32 --------------------------------------------------------------------------

  private void q8() {
    base = half(0);
    for (int i = 0; i < 32; i++) {
      codes[i] = block[2 + i];
    }
  }

  /** Codes of 4 bits: of 32 weights the first half lies in the lower bits. */
  private void nibbles(int from, int zero) {
    base = half(0);
    for (int i = 0; i < 16; i++) {
      codes[i] = (at(from + i) & 0xf) + zero;
      codes[16 + i] = (at(from + i) >> 4) + zero;
    }
  }

  /** Codes of 5 bits: the highest of each stands in four bytes in front of the others. */
  private void fiveBits(int from, int zero) {
    nibbles(from + 4, zero);
    for (int i = 0; i < 32; i++) {
      codes[i] += (at(from + i / 8) >> i % 8 & 1) << 4;
    }
  }

  private void table(int from, int first) {
    base = half(0);
    for (int i = 0; i < 16; i++) {
      codes[first + i] = TABLE[at(from + i) & 0xf];
      codes[first + 16 + i] = TABLE[at(from + i) >> 4];
    }
  }

  // --- blocks of 256 -------------------------------------------------------------------------

  private void q2k() {
    group = 16;
    base = half(80);
    float minimum = half(82);
    for (int g = 0; g < 16; g++) {
      multipliers[g] = at(g) & 0xf;
      minima[g] = -(minimum * (at(g) >> 4));
    }
    for (int i = 0; i < 256; i++) {
      codes[i] = at(16 + i / 128 * 32 + i % 32) >> i % 128 / 32 * 2 & 3;
    }
  }

  private void q3k() {
    group = 16;
    base = half(108);
    for (int g = 0; g < 16; g++) {
      int low = at(96 + g % 8) >> g / 8 * 4 & 0xf;
      int high = at(104 + g % 4) >> g / 4 * 2 & 3;
      multipliers[g] = (low | high << 4) - 32;
      minima[g] = NOTHING;
    }
    for (int i = 0; i < 256; i++) {
      int low = at(32 + i / 128 * 32 + i % 32) >> i % 128 / 32 * 2 & 3;
      int high = at(i % 32) >> i / 32 & 1;
      codes[i] = (low | high << 2) - 4;
    }
  }

  /** Scales and minima of 6 bits, eight each in twelve bytes. */
  private void sixBitScales() {
    base = half(0);
    float minimum = half(2);
    for (int g = 0; g < 8; g++) {
      int scale;
      int low;
      if (g < 4) {
        scale = at(4 + g) & 63;
        low = at(8 + g) & 63;
      } else {
        scale = at(8 + g) & 0xf | at(g) >> 6 << 4;
        low = at(8 + g) >> 4 | at(4 + g) >> 6 << 4;
      }
      multipliers[g] = scale;
      minima[g] = -(minimum * low);
    }
  }

  private void q4k() {
    sixBitScales();
    for (int i = 0; i < 256; i++) {
      codes[i] = at(16 + i / 64 * 32 + i % 32) >> i % 64 / 32 * 4 & 0xf;
    }
  }

  private void q5k() {
    sixBitScales();
    for (int i = 0; i < 256; i++) {
      int low = at(48 + i / 64 * 32 + i % 32) >> i % 64 / 32 * 4 & 0xf;
      int high = at(16 + i % 32) >> i / 32 & 1;
      codes[i] = low | high << 4;
    }
  }

  private void q6k() {
    group = 16;
    base = half(208);
    for (int g = 0; g < 16; g++) {
      multipliers[g] = block[192 + g];
      minima[g] = NOTHING;
    }
    for (int i = 0; i < 256; i++) {
      int low = at(i / 128 * 64 + i % 64) >> i % 128 / 64 * 4 & 0xf;
      int high = at(128 + i / 128 * 32 + i % 32) >> i % 128 / 32 * 2 & 3;
      codes[i] = (low | high << 4) - 32;
    }
  }

  private void iq4xs() {
    for (int g = 0; g < 8; g++) {
      table(8 + g * 16, g * 32);
      int low = at(4 + g / 2) >> g % 2 * 4 & 0xf;
      int high = at(2 + g / 4) >> g % 4 * 2 & 3;
      multipliers[g] = (low | high << 4) - 32;
      minima[g] = NOTHING;
    }
  }
}
