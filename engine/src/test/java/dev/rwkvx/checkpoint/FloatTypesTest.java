package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class FloatTypesTest {
  @Test
  void everyBf16PatternSurvivesTheWayThroughFloat() {
    for (int bits = 0; bits <= 0xffff; bits++) {
      float value = FloatTypes.bf16ToFloat((short) bits);
      assertThat(Float.floatToRawIntBits(value)).isEqualTo(bits << 16);
      if (Float.isNaN(value)) {
        assertThat(FloatTypes.bf16ToFloat(FloatTypes.floatToBf16(value))).isNaN();
      } else {
        assertThat(FloatTypes.floatToBf16(value)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void everyF16PatternHasTheValueOfItsFields() {
    for (int bits = 0; bits <= 0xffff; bits++) {
      float value = FloatTypes.f16ToFloat((short) bits);
      int exponent = (bits >> 10) & 31;
      int fraction = bits & 0x3ff;
      double magnitude =
          exponent == 0
              ? Math.scalb((double) fraction, -24)
              : Math.scalb(1 + fraction / 1024.0, exponent - 15);
      if (exponent == 31) {
        magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
      }
      assertThat(Float.valueOf(value))
          .isEqualTo(Float.valueOf((float) (bits > 0x7fff ? -magnitude : magnitude)));
      if (exponent < 31 || fraction == 0) {
        assertThat(FloatTypes.floatToF16(value)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void narrowingRoundsToNearestAndTiesToEven() {
    Random random = new Random(7);
    for (int i = 0; i < 100_000; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      // Half of the cases are exact ties between two bf16 values.
      value =
          i % 2 == 0
              ? value
              : Float.intBitsToFloat((Float.floatToRawIntBits(value) & 0xffff0000) | 0x8000);
      short nearest = FloatTypes.floatToBf16(value);
      float rounded = FloatTypes.bf16ToFloat(nearest);
      if (Float.isNaN(value)) {
        assertThat(rounded).isNaN();
      } else if (Float.isFinite(rounded)) {
        BigDecimal error = distance(value, rounded);
        for (int step : new int[] {-1, 1}) {
          float other = FloatTypes.bf16ToFloat((short) (nearest + step));
          if (Float.isFinite(other) && Math.signum(other) == Math.signum(rounded)) {
            int order = error.compareTo(distance(value, other));
            assertThat(order < 0 || (order == 0 && nearest % 2 == 0)).isTrue();
          }
        }
      } else {
        // The first value that rounds to infinity lies half a step above the largest bf16.
        assertThat(Math.abs(value)).isGreaterThanOrEqualTo(0x1.FFp127f);
      }
    }
  }

  @Test
  void infinitiesAndOverflow() {
    assertThat(FloatTypes.floatToBf16(Float.POSITIVE_INFINITY)).isEqualTo((short) 0x7f80);
    assertThat(FloatTypes.floatToBf16(-Float.MAX_VALUE)).isEqualTo((short) 0xff80);
    assertThat(FloatTypes.floatToF16(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xfc00);
    assertThat(FloatTypes.floatToF16(65520)).isEqualTo((short) 0x7c00);
    assertThat(FloatTypes.floatToF16(65519)).isEqualTo((short) 0x7bff);
    // A NaN whose payload sits in the half that is cut off.
    assertThat(FloatTypes.bf16ToFloat(FloatTypes.floatToBf16(Float.intBitsToFloat(0x7f800001))))
        .isNaN();
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "F64", "F16", "BF16"})
  void wideningUndoesNarrowingAtAnyOffsetAndLength(DType type) {
    Random random = new Random(11);
    for (int count : new int[] {0, 1, 7, 4095, 4096, 4097, 10_000}) {
      float[] values = new float[count + 3];
      for (int i = 0; i < values.length; i++) {
        // Eight bits of fraction fit all types.
        values[i] = (random.nextInt(255) - 127) / 64f;
      }
      byte[] bytes = new byte[1 + (count + 2) * type.bytes()];
      MemorySegment unaligned = MemorySegment.ofArray(bytes).asSlice(1);
      FloatTypes.narrow(values, 1, count + 2, type, unaligned);
      float[] read = new float[count + 5];
      FloatTypes.widen(unaligned, type, 2, read, 5, count);
      for (int i = 0; i < count; i++) {
        assertThat(read[5 + i]).isEqualTo(values[3 + i]);
      }
      assertThat(read).startsWith(0, 0, 0, 0, 0);
    }
  }

  private static BigDecimal distance(float a, float b) {
    return new BigDecimal(a).subtract(new BigDecimal(b)).abs();
  }
}
