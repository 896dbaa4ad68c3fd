package dev.rwkvx.math;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/**
 * Random matrices.
 *
 * @param values what the elements stand for
 * @param source the elements as a checkpoint holds them
 */
@SuppressWarnings("ArrayRecordComponent")
record Panels(WeightType type, int outputs, int inputs, float[] values, MemorySegment source) {
  /** The types that keep every bit of a checkpoint. */
  static final Set<WeightType> PLAIN = EnumSet.of(WeightType.F32, WeightType.BF16, WeightType.F16);

  /**
   * [outputs, inputs], normally distributed, rounded to the type.
   *
   * @param inputs a multiple of 32 for quantised types
   */
  static Panels random(WeightType type, int outputs, int inputs, long seed) {
    float[] values = new Numbers(seed).normal(outputs * inputs);
    MemorySegment source =
        type.isQuantized() ? quantized(type, outputs, inputs, values) : stored(type, values);
    return new Panels(type, outputs, inputs, values, source);
  }

  private static MemorySegment stored(WeightType type, float[] values) {
    MemorySegment source = Arena.ofAuto().allocate((long) values.length * type.bytes(), 64);
    for (int i = 0; i < values.length; i++) {
      switch (type) {
        case F32 -> source.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
        case BF16 -> {
          short bits = (short) (Float.floatToRawIntBits(values[i]) >>> 16);
          source.setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
          values[i] = Float.intBitsToFloat(bits << 16);
        }
        case F16 -> {
          short bits = Float.floatToFloat16(values[i]);
          source.setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
          values[i] = Float.float16ToFloat(bits);
        }
        case Q8, Q4 -> throw new IllegalArgumentException(type.toString());
      }
    }
    return source;
  }

  /** The panels; they replace the values by what is left of them. */
  private static MemorySegment quantized(WeightType type, int outputs, int inputs, float[] values) {
    long stride = Matrix.panelStride(inputs, type);
    MemorySegment panels = Arena.ofAuto().allocate(Matrix.byteSize(outputs, inputs, type), 64);
    for (int first = 0; first < outputs; first += Kernels.PANEL) {
      int count = Math.min(Kernels.PANEL, outputs - first);
      float[] rows = Arrays.copyOfRange(values, first * inputs, (first + count) * inputs);
      long offset = first / Kernels.PANEL * stride;
      Quantizer.quantize(type, rows, count, inputs, panels.asSlice(offset, stride));
      for (int i = 0; i < rows.length; i++) {
        int lane = i / inputs;
        values[first * inputs + i] = QuantizedLayout.weight(type, panels, offset, i % inputs, lane);
      }
    }
    return panels;
  }

  double value(int output, int input) {
    return values[output * inputs + input];
  }

  Matrix pack() {
    if (type.isQuantized()) {
      return new Matrix(outputs, inputs, type, source);
    }
    try (Workers workers = new Workers(1)) {
      return Packing.pack(
          source, type, Packing.Order.OUTPUTS_FIRST, outputs, inputs, Arena.ofAuto(), workers);
    }
  }
}
