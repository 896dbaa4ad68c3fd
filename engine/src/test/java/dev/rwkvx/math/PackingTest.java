package dev.rwkvx.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rwkvx.math.Packing.Order;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PackingTest {
  private static final int[][] SIZES = {
    {1, 1}, {31, 3}, {32, 32}, {33, 70}, {64, 1}, {65, 33}, {1, 100}, {100, 31}, {257, 129}
  };

  static Set<WeightType> types() {
    return Panels.PLAIN;
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyWeightHasItsPlaceAndTheRestIsZero(WeightType type) {
    for (int[] size : SIZES) {
      int outputs = size[0];
      int inputs = size[1];
      Panels panels = Panels.random(type, outputs, inputs, outputs);
      Matrix matrix = panels.pack();
      assertThat(matrix.panelCount()).isEqualTo((outputs + 31) / 32);
      assertThat(matrix.panels().byteSize())
          .isEqualTo(Matrix.byteSize(outputs, inputs, type))
          .isEqualTo(matrix.panelCount() * matrix.panelStride());
      for (int panel = 0; panel < matrix.panelCount(); panel++) {
        long offset = panel * matrix.panelStride();
        for (int i = 0; i < inputs; i++) {
          for (int lane = 0; lane < Kernels.PANEL; lane++) {
            int output = panel * Kernels.PANEL + lane;
            double expected = output < outputs ? panels.value(output, i) : 0;
            double weight = ScalarKernels.weight(type, matrix.panels(), offset, i, lane);
            assertThat(weight).as("output %d, input %d of %s", output, i, type).isEqualTo(expected);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void bothOrdersGiveTheSameBytesWithAnyThreads(WeightType type) {
    for (int[] size : SIZES) {
      Panels panels = Panels.random(type, size[0], size[1], 3);
      MemorySegment transposed = transpose(panels);
      MemorySegment expected = panels.pack().panels();
      for (int threads = 1; threads <= 3; threads++) {
        try (Workers workers = new Workers(threads)) {
          Matrix matrix =
              Packing.pack(
                  transposed, type, Order.INPUTS_FIRST, size[0], size[1], Arena.ofAuto(), workers);
          assertThat(matrix.panels().mismatch(expected)).isEqualTo(-1);
        }
      }
    }
  }

  @Test
  void slotsOfAPanelAreDistinct() {
    for (WeightType type : types()) {
      boolean[] taken = new boolean[Kernels.PANEL];
      for (int lane = 0; lane < Kernels.PANEL; lane++) {
        taken[Matrix.slot(type, lane)] = true;
      }
      assertThat(taken).doesNotContain(false);
    }
  }

  @Test
  void wrongSizesAreRefused() {
    MemorySegment source = MemorySegment.ofArray(new float[6]);
    try (Workers workers = new Workers(1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() ->
              Packing.pack(
                  source, WeightType.F32, Order.OUTPUTS_FIRST, 2, 4, Arena.ofAuto(), workers))
          .withMessageContaining("expected 8 elements, found 6");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new Matrix(0, 1, WeightType.F32, source));
    assertThatIllegalArgumentException().isThrownBy(() -> new Matrix(1, 1, WeightType.F32, source));
  }

  private static MemorySegment transpose(Panels panels) {
    int bytes = panels.type().bytes();
    MemorySegment transposed = Arena.ofAuto().allocate(panels.source().byteSize(), 64);
    for (int out = 0; out < panels.outputs(); out++) {
      for (int in = 0; in < panels.inputs(); in++) {
        long from = ((long) out * panels.inputs() + in) * bytes;
        long to = ((long) in * panels.outputs() + out) * bytes;
        for (int i = 0; i < bytes; i++) {
          byte value = panels.source().get(ValueLayout.JAVA_BYTE, from + i);
          transposed.set(ValueLayout.JAVA_BYTE, to + i, value);
        }
      }
    }
    return transposed;
  }
}
