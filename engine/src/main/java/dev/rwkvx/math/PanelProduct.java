package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Y = X Wᵀ for rows X and a panel matrix W, on one thread. A few rows go through {@link
 * Kernels#matvec} one by one; more share the widened weights in {@link Kernels#tile}s. Both give
 * the same bits.
 *
 * <p>Holds the scratch memory of one worker.
 */
public final class PanelProduct {
  /** From this number of rows on, tiles are faster. */
  static final int TILED_ROWS = 4;

  private static final int COLUMNS = Kernels.TILE_COLUMNS;

  private final Kernels kernels;
  private final float[] widened = new float[Kernels.BLOCK * COLUMNS];
  private final float[] lastRows = new float[Kernels.TILE_ROWS * Kernels.BLOCK];
  private final float[] sums = new float[Kernels.TILE_ROWS * COLUMNS];

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
    if (rows < TILED_ROWS) {
      for (int out = from; out < to; out += Kernels.PANEL) {
        long panel = base + out / Kernels.PANEL * panelStride;
        int columns = Math.min(Kernels.PANEL, to - out);
        for (int row = 0; row < rows; row++) {
          int xAt = xOffset + row * xStride;
          int yAt = yOffset + row * yStride + out;
          for (int block = 0; block < inputs; block += Kernels.BLOCK) {
            int count = Math.min(Kernels.BLOCK, inputs - block);
            kernels.matvec(type, weights, panel, block, count, x, xAt + block, sums);
            accumulate(y, yAt, yStride, 1, columns, add || block > 0);
          }
        }
      }
      return;
    }
    for (int out = from; out < to; out += COLUMNS) {
      long panel = base + out / Kernels.PANEL * panelStride;
      int columns = Math.min(COLUMNS, to - out);
      for (int block = 0; block < inputs; block += Kernels.BLOCK) {
        int count = Math.min(Kernels.BLOCK, inputs - block);
        widen(type, weights, panel, panelStride, columns, block, count);
        boolean sum = add || block > 0;
        int height;
        for (int row = 0; row < rows; row += height) {
          int left = rows - row;
          // Two low tiles do eight rows without computing any in vain.
          int tile = left <= 4 || left == 8 ? Kernels.LOW_TILE_ROWS : Kernels.TILE_ROWS;
          height = Math.min(tile, left);
          int xAt = xOffset + row * xStride + block;
          int yAt = yOffset + row * yStride + out;
          if (!sum && height == tile && columns == COLUMNS) {
            kernels.tile(x, xAt, xStride, tile, count, widened, y, yAt, yStride);
          } else {
            tile(x, xAt, xStride, height, tile, count);
            accumulate(y, yAt, yStride, height, columns, sum);
          }
        }
      }
    }
  }

  private void widen(
      WeightType type,
      MemorySegment weights,
      long panel,
      long panelStride,
      int columns,
      int block,
      int count) {
    kernels.unpack(type, weights, panel, block, count, widened, 0, COLUMNS);
    if (columns > Kernels.PANEL) {
      long second = panel + panelStride;
      kernels.unpack(type, weights, second, block, count, widened, Kernels.PANEL, COLUMNS);
    } else {
      for (int i = 0; i < count; i++) {
        int at = i * COLUMNS + Kernels.PANEL;
        Arrays.fill(widened, at, at + Kernels.PANEL, 0f);
      }
    }
  }

  private void tile(float[] x, int xAt, int xStride, int height, int tileRows, int count) {
    if (height == tileRows) {
      kernels.tile(x, xAt, xStride, tileRows, count, widened, sums, 0, COLUMNS);
      return;
    }
    // The missing rows repeat stale memory; their sums are not used.
    for (int row = 0; row < height; row++) {
      System.arraycopy(x, xAt + row * xStride, lastRows, row * Kernels.BLOCK, count);
    }
    kernels.tile(lastRows, 0, Kernels.BLOCK, tileRows, count, widened, sums, 0, COLUMNS);
  }

  private void accumulate(float[] y, int yAt, int yStride, int height, int columns, boolean add) {
    for (int row = 0; row < height; row++) {
      if (add) {
        kernels.add(sums, row * COLUMNS, y, yAt + row * yStride, columns);
      } else {
        System.arraycopy(sums, row * COLUMNS, y, yAt + row * yStride, columns);
      }
    }
  }
}
