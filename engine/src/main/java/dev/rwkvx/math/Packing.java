package dev.rwkvx.math;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Lays matrices out as panels. */
public final class Packing {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  /** How a source stores a matrix. */
  public enum Order {
    /** [out, in]: y = W x. */
    OUTPUTS_FIRST,
    /** [in, out]: y = x W, as the low-rank matrices of RWKV-7. */
    INPUTS_FIRST
  }

  private Packing() {}

  /**
   * Packs a matrix into new memory of {@code arena}, keeping its bits.
   *
   * @param source outputs × inputs contiguous little-endian elements in {@code order}
   */
  public static Matrix pack(
      MemorySegment source,
      WeightType type,
      Order order,
      int outputs,
      int inputs,
      Arena arena,
      Workers workers) {
    long elements = (long) outputs * inputs;
    if (source.byteSize() != elements * type.bytes()) {
      throw new IllegalArgumentException(
          "expected " + elements + " elements, found " + source.byteSize() / type.bytes());
    }
    MemorySegment panels = arena.allocate(Matrix.byteSize(outputs, inputs, type), 64);
    Matrix matrix = new Matrix(outputs, inputs, type, panels);
    long outputStep = order == Order.OUTPUTS_FIRST ? inputs : 1;
    long inputStep = order == Order.OUTPUTS_FIRST ? 1 : outputs;
    workers.run(
        matrix.panelCount(),
        (panel, worker) -> packPanel(source, matrix, panel, outputStep, inputStep));
    return matrix;
  }

  private static void packPanel(
      MemorySegment source, Matrix matrix, int panel, long outputStep, long inputStep) {
    long base = panel * matrix.panelStride();
    int first = panel * Kernels.PANEL;
    int lanes = Math.min(Kernels.PANEL, matrix.outputs() - first);
    boolean wide = matrix.type() == WeightType.F32;
    // Short runs of inputs per lane: reads stay within a cache line, writes within a few.
    int run = 32;
    for (int block = 0; block < matrix.inputs(); block += run) {
      int end = Math.min(block + run, matrix.inputs());
      for (int lane = 0; lane < lanes; lane++) {
        long from = (first + lane) * outputStep;
        int slot = Matrix.slot(matrix.type(), lane);
        for (int i = block; i < end; i++) {
          long at = from + i * inputStep;
          long to = (long) i * Kernels.PANEL + slot;
          if (wide) {
            matrix.panels().set(INT, base + to * 4, source.get(INT, at * 4));
          } else {
            matrix.panels().set(SHORT, base + to * 2, source.get(SHORT, at * 2));
          }
        }
      }
    }
  }
}
