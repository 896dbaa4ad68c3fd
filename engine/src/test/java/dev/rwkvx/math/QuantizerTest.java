package dev.rwkvx.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Quantised weights come back within half a step. */
class QuantizerTest {
  private static final int OUTPUTS = 29;
  private static final int INPUTS = 96;

  private final float[] rows = new float[OUTPUTS * INPUTS];

  QuantizerTest() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian() * (1 + i / INPUTS);
    }
    // Groups of zeros and of one value only, and a sign that never changes.
    for (int i = 0; i < 32; i++) {
      rows[i] = 0f;
      rows[INPUTS + i] = -0.75f;
      rows[2 * INPUTS + i] = Math.abs(rows[2 * INPUTS + i]) + 3f;
    }
  }

  private float[] restored(WeightType type) {
    byte[] bytes = new byte[(int) type.panelBytes(INPUTS)];
    MemorySegment panel = MemorySegment.ofArray(bytes);
    Quantizer.quantize(type, rows, OUTPUTS, INPUTS, panel);
    float[] restored = new float[rows.length];
    for (int o = 0; o < OUTPUTS; o++) {
      for (int i = 0; i < INPUTS; i++) {
        restored[o * INPUTS + i] = QuantizedLayout.weight(type, panel, 0, i, o);
      }
    }
    return restored;
  }

  @Test
  void eightBits() {
    float[] restored = restored(WeightType.Q8);
    for (int group = 0; group < rows.length; group += 32) {
      float largest = 0;
      for (int i = group; i < group + 32; i++) {
        largest = Math.max(largest, Math.abs(rows[i]));
      }
      // Half a step, of which the scale's rounding to binary16 adds a thousandth.
      float bound = largest / 127 * 0.5f * 1.002f;
      for (int i = group; i < group + 32; i++) {
        assertThat(Math.abs(restored[i] - rows[i])).as("weight %d", i).isLessThanOrEqualTo(bound);
      }
    }
    assertThat(restored[0]).isZero();
  }

  @Test
  void fourBits() {
    float[] restored = restored(WeightType.Q4);
    double errors = 0;
    double steps = 0;
    for (int group = 0; group < rows.length; group += 32) {
      float low = rows[group];
      float high = rows[group];
      for (int i = group; i < group + 32; i++) {
        low = Math.min(low, rows[i]);
        high = Math.max(high, rows[i]);
      }
      for (int i = group; i < group + 32; i++) {
        errors += Math.pow(restored[i] - rows[i], 2);
        steps += Math.pow((high - low) / 15, 2) / 12;
        // Cut-off ends lie at most 7/32 of the range outside.
        float bound = (high - low) * 7 / 32 + (high - low) / 30 + 1e-3f;
        assertThat(Math.abs(restored[i] - rows[i])).as("weight %d", i).isLessThanOrEqualTo(bound);
      }
    }
    // Better than rounding to sixteen levels over the whole range of a group.
    assertThat(errors).isLessThan(steps);
  }

  @Test
  void onlyWholeGroupsAreQuantised() {
    assertThat(Quantizer.fits(64)).isTrue();
    assertThat(Quantizer.fits(48)).isFalse();
    MemorySegment panel = MemorySegment.ofArray(new byte[4096]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Quantizer.quantize(WeightType.Q8, new float[48], 1, 48, panel));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Quantizer.quantize(WeightType.F32, new float[64], 1, 64, panel));
  }
}
