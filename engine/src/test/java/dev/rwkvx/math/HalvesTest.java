package dev.rwkvx.math;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HalvesTest {
  @Test
  void allFiniteBinary16() {
    int finite = 0;
    for (int bits = 0; bits < 1 << 16; bits++) {
      float expected = Float.float16ToFloat((short) bits);
      if (Float.isFinite(expected)) {
        finite++;
        assertThat(Float.floatToRawIntBits(Halves.f16((short) bits)))
            .as("%04x", bits)
            .isEqualTo(Float.floatToRawIntBits(expected));
      }
    }
    assertThat(finite).isEqualTo(2 * 31 * 1024);
  }

  @Test
  void allBfloat16() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      assertThat(Float.floatToRawIntBits(Halves.bf16((short) bits))).isEqualTo(bits << 16);
    }
  }
}
