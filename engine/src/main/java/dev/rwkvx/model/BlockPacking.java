package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.math.CodeGroup;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.Quantizer;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.math.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Lays quantised matrices of GGUF files out as panels of the type that {@link LoadedType} tells.
 */
final class BlockPacking {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  private BlockPacking() {}

  /**
   * Packs a matrix into new memory of {@code arena}.
   *
   * @param tensor [outputs, inputs] of a quantised type
   * @throws InputException when a weight or a scale is beyond binary16
   */
  static Matrix pack(Tensor tensor, int outputs, int inputs, Arena arena, Workers workers) {
    WeightType type = LoadedType.of(tensor.type()).orElseThrow().type();
    MemorySegment panels = arena.allocate(Matrix.byteSize(outputs, inputs, type), 64);
    Matrix matrix = new Matrix(outputs, inputs, type, panels);
    workers.run(
        matrix.panelCount(),
        (panel, worker) -> {
          int first = panel * Kernels.PANEL;
          int count = Math.min(Kernels.PANEL, outputs - first);
          MemorySegment target = panels.asSlice(panel * matrix.panelStride(), matrix.panelStride());
          StoredRows rows = new StoredRows(tensor, null, inputs);
          if (type.isQuantized()) {
            codes(rows, type, first, count, inputs, target);
          } else {
            halves(tensor, rows, first, count, inputs, target);
          }
        });
    return matrix;
  }

  /** Fills a panel of zeros with the codes of {@code count} rows. */
  static void codes(
      StoredRows rows, WeightType type, int first, int count, int inputs, MemorySegment panel) {
    CodeGroup group = new CodeGroup();
    for (int lane = 0; lane < count; lane++) {
      for (int g = 0; g < inputs / CodeGroup.SIZE; g++) {
        rows.codes(type, first + lane, g, group);
        Quantizer.put(type, group, g, lane, panel);
      }
    }
  }

  private static void halves(
      Tensor tensor, StoredRows rows, int first, int count, int inputs, MemorySegment panel) {
    float[] row = new float[inputs];
    for (int lane = 0; lane < count; lane++) {
      rows.floats(first + lane, row, 0);
      int slot = Matrix.slot(WeightType.F16, lane);
      for (int i = 0; i < inputs; i++) {
        if (!(Math.abs(row[i]) < StoredRows.F16_OVERFLOW)) {
          throw new InputException(
              tensor + " holds " + row[i] + ", which f16 cannot; convert it with --type f32");
        }
        long at = ((long) i * Kernels.PANEL + slot) * Short.BYTES;
        panel.set(SHORT, at, Float.floatToFloat16(row[i]));
      }
    }
  }
}
