package dev.rwkvx.math;

/**
 * The exponential function that both kernel implementations share: the same operations in the same
 * order, one lane or many, so that they agree to the bit. Error below 2 ulp in [−87, 88]; arguments
 * outside are clamped to that range.
 */
final class Exp {
  static final float LOWEST = -87f;
  static final float HIGHEST = 88f;
  static final float LOG2_E = 1.44269504f;

  /**
   * 1.5 · 2^23, plus the exponent bias of a float: adding it to x leaves x, rounded and biased, in
   * the low bits of the mantissa, where a shift makes the float 2^x of it.
   */
  static final float ROUND = 12582912f + 127f;

  /** ln 2 in two parts; the first has few bits, so that its multiples are exact. */
  static final float LN2_HIGH = 0.693359375f;

  static final float LN2_LOW = -2.12194440e-4f;

  // e^r ≈ 1 + r + r²·p(r) on [−ln2/2, ln2/2].
  static final float P5 = 1.9875691500e-4f;
  static final float P4 = 1.3981999507e-3f;
  static final float P3 = 8.3334519073e-3f;
  static final float P2 = 4.1665795894e-2f;
  static final float P1 = 1.6666665459e-1f;
  static final float P0 = 5.0000001201e-1f;

  private Exp() {}

  static float exp(float x) {
    x = Math.min(Math.max(x, LOWEST), HIGHEST);
    float rounded = Math.fma(x, LOG2_E, ROUND);
    float n = rounded - ROUND;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
    float p = Math.fma(P5, r, P4);
    p = Math.fma(p, r, P3);
    p = Math.fma(p, r, P2);
    p = Math.fma(p, r, P1);
    p = Math.fma(p, r, P0);
    float e = Math.fma(p, r * r, r) + 1f;
    return e * Float.intBitsToFloat(Float.floatToRawIntBits(rounded) << 23);
  }

  static float sigmoid(float x) {
    return 1f / (1f + exp(-x));
  }

  static float tanh(float x) {
    float e = exp(-2f * x);
    return (1f - e) / (1f + e);
  }
}
