package dev.rwkvx.math;

/** Widening of 16-bit floats, by the same integer operations as the vector kernels. */
final class Halves {
  /** 2^112: the difference of the exponent biases of binary16 and binary32. */
  static final float F16_SCALE = 0x1p112f;

  static final int F16_MAGNITUDE = 0x0fffe000;
  static final int SIGN = 0x80000000;

  private Halves() {}

  /** The float whose upper half is {@code bits}. */
  static float bf16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The value of a finite binary16. */
  static float f16(short bits) {
    int upper = bits << 16;
    float magnitude = Float.intBitsToFloat((upper >>> 3) & F16_MAGNITUDE) * F16_SCALE;
    return Float.intBitsToFloat(Float.floatToRawIntBits(magnitude) | (upper & SIGN));
  }
}
