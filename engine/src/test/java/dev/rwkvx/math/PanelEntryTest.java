package dev.rwkvx.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Entries are what the kernels read, and move without a change. */
class PanelEntryTest {
  private static float[] normal(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  private static PanelEntry rounded(WeightType type, int n, long seed) {
    PanelEntry entry = new PanelEntry(type, n);
    float[] x = normal(n + 3, seed);
    entry.round(x, 3);
    return entry;
  }

  @ParameterizedTest
  @CsvSource({"F32, 24", "F32, 64", "BF16, 24", "BF16, 64", "Q8, 32", "Q8, 64"})
  void outputsAreWhatTheKernelsRead(WeightType type, int n) {
    MemorySegment panel = Arena.ofAuto().allocate(Matrix.panelStride(n, type), 64);
    for (int lane = 31; lane >= 0; lane--) {
      rounded(type, n, lane).toOutput(panel, 0, lane);
    }
    PanelEntry back = new PanelEntry(type, n);
    for (int lane = 0; lane < 32; lane++) {
      back.fromOutput(panel, 0, lane);
      float[] expected = rounded(type, n, lane).elements();
      assertThat(back.elements()).isEqualTo(expected);
      for (int i = 0; i < n; i++) {
        assertThat(ScalarKernels.weight(type, panel, 0, i, lane)).isEqualTo(expected[i]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"F32, 40", "BF16, 72", "Q8, 64"})
  void inputsAreWhatTheKernelsRead(WeightType type, int n) {
    int inputs = 45;
    long stride = Matrix.panelStride(inputs, type);
    long bytes = Matrix.byteSize(n, inputs, type);
    MemorySegment matrix = Arena.ofAuto().allocate(bytes + inputs * 8L, 64);
    PanelEntry.prepareInputs(type, matrix, 0, bytes);
    for (int input = 0; input < inputs; input++) {
      PanelEntry entry = rounded(type, n, input);
      entry.toInput(matrix, 0, stride, input);
      for (int group = 0; type == WeightType.Q8 && group < n / 32; group++) {
        long at = bytes + (group * inputs + input) * 4L;
        matrix.set(java.lang.foreign.ValueLayout.JAVA_FLOAT, at, entry.scale(group));
      }
    }
    PanelEntry back = new PanelEntry(type, n);
    for (int panel = 0; panel < (n + 31) / 32; panel++) {
      for (int input = 0; input < inputs; input++) {
        PanelEntry expected = rounded(type, n, input);
        back.fromInput(matrix, 0, stride, input, bytes + input * 4L, inputs * 4L);
        assertThat(back.elements()).isEqualTo(expected.elements());
        for (int i = panel * 32; i < Math.min(n, panel * 32 + 32); i++) {
          float scale = type == WeightType.Q8 ? expected.scale(panel) : 1f;
          float code = ScalarKernels.weight(type, matrix, panel * stride, input, i % 32);
          assertThat(code * scale).isEqualTo(expected.elements()[i]);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightType.class,
      names = {"F32", "BF16", "Q8"})
  void bytesKeepEverything(WeightType type) {
    PanelEntry entry = rounded(type, 96, 1);
    MemorySegment bytes = MemorySegment.ofArray(new byte[entry.byteSize() + 5]);
    entry.toBytes(bytes, 5);
    PanelEntry back = new PanelEntry(type, 96);
    back.fromBytes(bytes, 5);
    assertThat(back.elements()).isEqualTo(entry.elements());
    MemorySegment panel = Arena.ofAuto().allocate(Matrix.panelStride(96, type), 64);
    back.toOutput(panel, 0, 17);
    entry.fromOutput(panel, 0, 17);
    assertThat(entry.elements()).isEqualTo(back.elements());
  }

  @ParameterizedTest
  @CsvSource({"1", "1e-4", "1e-6", "3e-8", "0", "1e6", "1e30"})
  void eightBitsRoundToTheNearestStep(float size) {
    float[] x = normal(64, 2);
    float largest = 0f;
    for (int i = 0; i < 64; i++) {
      x[i] *= size;
      largest = i < 32 ? Math.max(largest, Math.abs(x[i])) : largest;
    }
    PanelEntry entry = new PanelEntry(WeightType.Q8, 64);
    entry.round(x, 0);
    float step = entry.scale(0);
    assertThat(Float.float16ToFloat(Float.floatToFloat16(step))).isEqualTo(step);
    for (int i = 0; i < 32; i++) {
      assertThat(entry.elements()[i]).isFinite();
      if (size < 1e7) {
        assertThat(Math.abs(entry.elements()[i] - x[i])).isLessThanOrEqualTo(step * 0.5001f);
      }
    }
    // Binary16 has no finer steps than 6e-8.
    assertThat(step).isLessThanOrEqualTo(largest / 127 * 1.001f + 6e-8f);
  }

  @Test
  void onlyCacheTypesAreEntries() {
    assertThatIllegalArgumentException().isThrownBy(() -> new PanelEntry(WeightType.Q4, 64));
    assertThatIllegalArgumentException().isThrownBy(() -> new PanelEntry(WeightType.Q8, 40));
  }
}
