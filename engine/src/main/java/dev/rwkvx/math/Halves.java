package dev.rwkvx.math;

/** Widening of 16-bit floats, by the same integer operations as the vector kernels. */
final class Halves {
  /** 2^112: the difference of the exponent biases of binary16 and binary32. */
  static final float F16_SCALE = 0x1p112f;

  /** Sign, exponent and mantissa of a binary16 that was shifted to bits 31 and 27 … 13. */
  static final int F16_MASK = 0x8fffe000;

  private Halves() {}

  /** The float whose upper half is {@code bits}. */
  static float bf16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The upper half of the nearest float that has no lower half; ties to even. */
  static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // A payload that sits only in the lower half would be cut off, which leaves an infinity.
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  /** The value of a finite binary16. */
  static float f16(short bits) {
    // An arithmetic shift: the sign stays where it is, its copies are masked out.
    return Float.intBitsToFloat(bits << 16 >> 3 & F16_MASK) * F16_SCALE;
  }
}
