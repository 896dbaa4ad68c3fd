package dev.rwkvx.benchmarks.kernels;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.Packing;
import dev.rwkvx.math.Packing.Order;
import dev.rwkvx.math.Quantizer;
import dev.rwkvx.math.ScalarKernels;
import dev.rwkvx.math.VectorKernels;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.math.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** What the kernels are fed with. */
final class Inputs {
  private Inputs() {}

  static Kernels kernels(String name) {
    return name.equals("scalar") ? new ScalarKernels() : new VectorKernels();
  }

  /** Numbers in −1 … 1. */
  static float[] floats(int count) {
    SplittableRandom random = new SplittableRandom(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (2 * random.nextDouble() - 1);
    }
    return values;
  }

  /** A matrix in which one random panel stands for all. */
  static Matrix matrix(WeightType type, int outputs, int inputs, Arena arena) {
    MemorySegment panels = arena.allocate(Matrix.byteSize(outputs, inputs, type), 64);
    long stride = Matrix.panelStride(inputs, type);
    panels.asSlice(0, stride).copyFrom(panel(type, inputs, arena));
    for (long at = stride; at < panels.byteSize(); at += stride) {
      MemorySegment.copy(panels, 0, panels, at, stride);
    }
    return new Matrix(outputs, inputs, type, panels);
  }

  private static MemorySegment panel(WeightType type, int inputs, Arena arena) {
    float[] weights = floats(Kernels.PANEL * inputs);
    if (type.isQuantized()) {
      MemorySegment panel = arena.allocate(Matrix.panelStride(inputs, type), 64);
      Quantizer.quantize(type, weights, Kernels.PANEL, inputs, panel);
      return panel;
    }
    MemorySegment rows = arena.allocate(weights.length * (type == WeightType.F32 ? 4L : 2L), 64);
    for (int i = 0; i < weights.length; i++) {
      switch (type) {
        case F32 -> rows.setAtIndex(ValueLayout.JAVA_FLOAT, i, weights[i]);
        case BF16 ->
            rows.setAtIndex(
                ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(weights[i]) >>> 16));
        default -> rows.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(weights[i]));
      }
    }
    try (Workers alone = new Workers(1)) {
      return Packing.pack(rows, type, Order.OUTPUTS_FIRST, Kernels.PANEL, inputs, arena, alone)
          .panels();
    }
  }
}
