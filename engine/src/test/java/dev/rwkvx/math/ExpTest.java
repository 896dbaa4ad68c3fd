package dev.rwkvx.math;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExpTest {
  @Test
  void errorStaysBelowTwoUnitsInTheLastPlace() {
    double worst = 0;
    // Every 997th float between 2^-40 and the ends of the range, on both sides of zero.
    for (int bits = Float.floatToIntBits(0x1p-40f); bits < Float.floatToIntBits(88f); bits += 997) {
      float x = Float.intBitsToFloat(bits);
      worst = Math.max(worst, units(Exp.exp(x), Math.exp(x)));
      if (x <= 87) {
        worst = Math.max(worst, units(Exp.exp(-x), Math.exp(-x)));
      }
    }
    assertThat(worst).isLessThan(2);
  }

  @Test
  void clampsOutsideItsRange() {
    assertThat(Exp.exp(0f)).isEqualTo(1f);
    assertThat(Exp.exp(-0f)).isEqualTo(1f);
    for (float x : new float[] {88.0001f, 89f, 1e6f, Float.POSITIVE_INFINITY}) {
      assertThat(Exp.exp(x)).isEqualTo(Exp.exp(88f)).isFinite();
    }
    for (float x : new float[] {-87.0001f, -88f, -1e6f, Float.NEGATIVE_INFINITY}) {
      assertThat(Exp.exp(x)).isEqualTo(Exp.exp(-87f)).isPositive();
    }
  }

  @Test
  void neverFallsByMoreThanItsError() {
    float before = 0f;
    for (float x = -90f; x < 90f; x += 1e-4f) {
      float y = Exp.exp(x);
      assertThat(y).isGreaterThanOrEqualTo(before - 2 * Math.ulp(before));
      before = y;
    }
  }

  @Test
  void everyNanStaysNan() {
    for (int payload = 1; payload < 1 << 22; payload += 1023) {
      for (int quiet : new int[] {0x7fc00000, 0xffc00000}) {
        float nan = Float.intBitsToFloat(quiet | payload);
        assertThat(Exp.exp(nan)).isNaN();
        assertThat(Exp.sigmoid(nan)).isNaN();
        assertThat(Exp.tanh(nan)).isNaN();
        float[] row = new float[16];
        row[3] = nan;
        new VectorKernels().sigmoid(row, 0, 16);
        assertThat(row[3]).isNaN();
      }
    }
  }

  @Test
  void sigmoidAndTanhStayCloseAndInTheirRanges() {
    for (float x = -100f; x < 100f; x += 1e-3f) {
      assertThat(Math.abs(Exp.sigmoid(x) - 1 / (1 + Math.exp(-x)))).isLessThan(2e-7);
      assertThat(Exp.sigmoid(x)).isBetween(0f, 1f);
      assertThat(Math.abs(Exp.tanh(x) - Math.tanh(x))).isLessThan(3e-7);
      assertThat(Exp.tanh(x)).isBetween(-1f, 1f);
    }
    assertThat(Exp.sigmoid(Float.POSITIVE_INFINITY)).isEqualTo(1f);
    assertThat(Exp.sigmoid(Float.NEGATIVE_INFINITY)).isLessThan(1e-37f);
    assertThat(Exp.tanh(Float.POSITIVE_INFINITY)).isEqualTo(1f);
    assertThat(Exp.tanh(Float.NEGATIVE_INFINITY)).isEqualTo(-1f);
  }

  private static double units(float actual, double expected) {
    return Math.abs(actual - expected) / Math.ulp((float) expected);
  }
}
