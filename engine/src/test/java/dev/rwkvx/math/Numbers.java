package dev.rwkvx.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Seeded random numbers and comparisons to the bit. */
final class Numbers {
  /** Half the distance from 1 to the next float. */
  static final double EPSILON = 0x1p-24;

  private static final float[] EXTREMES = {
    0f,
    -0f,
    1e-42f,
    -1e-42f,
    1e30f,
    -1e30f,
    87.3f,
    -88f,
    100f,
    -100f,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  private final SplittableRandom random;

  Numbers(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Row lengths: every remainder of all vector widths, and some long ones. */
  static IntStream sizes() {
    return IntStream.concat(IntStream.rangeClosed(1, 70), IntStream.of(127, 128, 513, 1100));
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  float[] normal(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  float[] uniform(int n, double from, double to) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextDouble(from, to);
    }
    return values;
  }

  /** Normal numbers with infinities, NaN, zeros and denormals among them. */
  float[] extreme(int n) {
    float[] values = normal(n);
    for (int i = 0; i < n; i++) {
      if (below(4) == 0) {
        values[i] = EXTREMES[below(EXTREMES.length)];
      }
    }
    return values;
  }

  /** Equal bits; one NaN is as good as another. */
  static void assertSameBits(String what, float[] actual, float[] expected) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      if (Float.floatToIntBits(actual[i]) != Float.floatToIntBits(expected[i])) {
        assertThat(Float.toHexString(actual[i]))
            .as("%s: element %d", what, i)
            .isEqualTo(Float.toHexString(expected[i]));
      }
    }
  }

  /** Equal bits outside {@code from … to − 1}. */
  static void assertUntouched(String what, float[] actual, float[] before, int from, int to) {
    float[] outside = actual.clone();
    System.arraycopy(before, from, outside, from, to - from);
    assertSameBits(what + ", outside its range", outside, before);
  }

  static void assertClose(String what, float actual, double expected, double tolerance) {
    if (!(Math.abs(actual - expected) <= tolerance)) {
      throw new AssertionError(
          what + ": found " + actual + ", expected " + expected + " ± " + tolerance);
    }
  }
}
