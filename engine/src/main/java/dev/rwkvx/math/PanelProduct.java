package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Y = X Wᵀ for rows X and a panel matrix W, on one thread. Up to {@link Kernels#ROWS} rows pass a
 * panel together; how many they are does not change their bits.
 *
 * <p>Holds the scratch memory of one worker.
 */
public final class PanelProduct {
  private static final int PANEL = Kernels.PANEL;
  private static final int ROWS = Kernels.ROWS;
  private static final int BLOCK = Kernels.BLOCK;

  private final Kernels kernels;
  private final float[] sums = new float[ROWS * PANEL];
  private final QuantizedScratch quantized = new QuantizedScratch();
  private float[] groupSums = new float[0];

  public PanelProduct(Kernels kernels) {
    this.kernels = kernels;
  }

  /**
   * Computes the outputs {@code from … to − 1} of every row: y (+)= x Wᵀ.
   *
   * @param panelStride bytes from one panel to the next
   * @param base byte at which panel 0 starts
   * @param from a multiple of {@link Kernels#PANEL}
   * @param x rows × inputs, {@code xStride} floats apart
   * @param y rows, {@code yStride} floats apart; output o of row i at {@code yOffset + i·yStride +
   *     o}
   * @param add whether to add to y or to replace it
   */
  public void run(
      WeightType type,
      MemorySegment weights,
      long base,
      long panelStride,
      int from,
      int to,
      int inputs,
      int rows,
      float[] x,
      int xOffset,
      int xStride,
      float[] y,
      int yOffset,
      int yStride,
      boolean add) {
    if (type.isQuantized()) {
      int groups = divideUp(inputs, QuantizedLayout.GROUP);
      if (groupSums.length < rows * groups) {
        groupSums = new float[rows * groups];
      }
      for (int row = 0; row < rows; row++) {
        kernels.groupSums(x, xOffset + row * xStride, groups, groupSums, row * groups);
      }
      runQuantized(
          type,
          weights,
          base,
          panelStride,
          from,
          to,
          groups,
          rows,
          x,
          xOffset,
          xStride,
          groupSums,
          0,
          y,
          yOffset,
          yStride,
          add);
      return;
    }
    for (int out = from; out < to; out += PANEL) {
      long panel = base + out / PANEL * panelStride;
      int columns = Math.min(PANEL, to - out);
      for (int block = 0; block < inputs; block += BLOCK) {
        int count = Math.min(BLOCK, inputs - block);
        boolean sum = add || block > 0;
        for (int row = 0; row < rows; row += ROWS) {
          int some = Math.min(ROWS, rows - row);
          int xAt = xOffset + row * xStride + block;
          int yAt = yOffset + row * yStride + out;
          if (sum || columns < PANEL) {
            kernels.product(
                type, weights, panel, block, count, some, x, xAt, xStride, sums, 0, PANEL);
            accumulate(y, yAt, yStride, some, columns, sum);
          } else {
            kernels.product(
                type, weights, panel, block, count, some, x, xAt, xStride, y, yAt, yStride);
          }
        }
      }
    }
  }

  private void accumulate(float[] y, int yAt, int yStride, int rows, int columns, boolean add) {
    for (int row = 0; row < rows; row++) {
      if (add) {
        kernels.add(sums, row * PANEL, y, yAt + row * yStride, columns);
      } else {
        System.arraycopy(sums, row * PANEL, y, yAt + row * yStride, columns);
      }
    }
  }

  private static int divideUp(int a, int b) {
    return (a + b - 1) / b;
  }

  /**
   * The same for codes of 8 and 4 bits, with the sums of x at hand.
   *
   * @param groups of 32 inputs
   * @param groupSums of x: {@link Kernels#groupSums}, {@code groups} for each row, row 0 at {@code
   *     groupSumsOffset}
   */
  void runQuantized(
      WeightType type,
      MemorySegment weights,
      long base,
      long panelStride,
      int from,
      int to,
      int groups,
      int rows,
      float[] x,
      int xOffset,
      int xStride,
      float[] groupSums,
      int groupSumsOffset,
      float[] y,
      int yOffset,
      int yStride,
      boolean add) {
    for (int out = from; out < to; out += PANEL) {
      long panel = base + out / PANEL * panelStride;
      int columns = Math.min(PANEL, to - out);
      if (columns == PANEL) {
        int yAt = yOffset + out;
        for (int row = 0; row < rows && !add; row++) {
          Arrays.fill(y, yAt + row * yStride, yAt + row * yStride + PANEL, 0f);
        }
        kernels.addQuantized(
            type,
            weights,
            panel,
            groups,
            rows,
            x,
            xOffset,
            xStride,
            groupSums,
            groupSumsOffset,
            y,
            yAt,
            yStride,
            quantized);
        continue;
      }
      for (int row = 0; row < rows; row++) {
        int xAt = xOffset + row * xStride;
        int sumsAt = groupSumsOffset + row * groups;
        int yAt = yOffset + row * yStride + out;
        Arrays.fill(sums, 0, PANEL, 0f);
        if (add) {
          System.arraycopy(y, yAt, sums, 0, columns);
        }
        kernels.addQuantized(
            type, weights, panel, groups, 1, x, xAt, 0, groupSums, sumsAt, sums, 0, 0, quantized);
        System.arraycopy(sums, 0, y, yAt, columns);
      }
    }
  }
}
