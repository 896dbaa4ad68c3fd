package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;

/**
 * A weight matrix W of y = W x, laid out for reading: panels of {@link Kernels#PANEL} outputs, and
 * within a panel one row of 32 weights per input. Products in which each lane is an output need no
 * horizontal sums, so that one vector, a few, or a whole prompt meet the same additions in the same
 * order.
 *
 * <p>Panel p starts at byte {@code p · panelStride}. In a 16-bit panel, outputs l and l + 16 share
 * an int (l in its lower half), so that one load and a shift each widen both. {@link
 * QuantizedLayout} describes the panels of 8 and 4 bits.
 *
 * @param outputs rows of W
 * @param inputs columns of W
 * @param type how elements are stored
 * @param panels the data, in native byte order (little-endian)
 */
public record Matrix(int outputs, int inputs, WeightType type, MemorySegment panels) {
  public Matrix {
    if (outputs < 1 || inputs < 1) {
      throw new IllegalArgumentException("a matrix needs rows and columns");
    }
    if (panels.byteSize() < byteSize(outputs, inputs, type)) {
      throw new IllegalArgumentException("the panels are shorter than the matrix");
    }
  }

  /** Bytes of a packed matrix: outputs are rounded up to a whole panel. */
  public static long byteSize(int outputs, int inputs, WeightType type) {
    return panelCount(outputs) * panelStride(inputs, type);
  }

  /** Bytes from one panel to the next. */
  public static long panelStride(int inputs, WeightType type) {
    return type.panelBytes(inputs);
  }

  static long panelCount(int outputs) {
    return (outputs + Kernels.PANEL - 1L) / Kernels.PANEL;
  }

  /** Panels of this matrix. */
  public int panelCount() {
    return (int) panelCount(outputs);
  }

  /** Bytes from one panel to the next. */
  public long panelStride() {
    return panelStride(inputs, type);
  }

  /** Groups of inputs that share a scale; quantised types only. */
  int groups() {
    return inputs / QuantizedLayout.GROUP;
  }

  /** The place of output {@code lane} (0 … 31) in a panel's row of weights, in elements. */
  public static int slot(WeightType type, int lane) {
    if (type == WeightType.F32) {
      return lane;
    }
    int half = Kernels.PANEL / 2;
    return lane < half ? 2 * lane : 2 * (lane - half) + 1;
  }
}
