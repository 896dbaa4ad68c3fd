package dev.rwkvx.math;

import java.util.Arrays;

/**
 * Products of row-major float matrices on one thread, in the three layouts that training needs:
 *
 * <pre>
 *   nt: C = A Bᵀ    y = x Wᵀ          nn: C = A B    dx = dy W          tn: C += Aᵀ B    dW += dyᵀ x
 * </pre>
 *
 * <p>All are brought to one form, rows of A times packed panels of 64 columns ({@link
 * Kernels#tile}; columns of A, six of them interleaved, in {@link Kernels#addInterleavedTile}), so
 * that every element is a sum over the inner dimension in order, in blocks of {@link
 * Kernels#BLOCK}: the same bits as {@link Products} gives, however the work is cut.
 *
 * <p>A matrix starts at its offset; its rows are a stride apart. Holds the scratch memory of one
 * worker.
 */
public final class DenseProduct {
  static final int COLUMNS = Kernels.TILE_COLUMNS;
  private static final int NARROW = Kernels.NARROW_TILE_COLUMNS;
  static final int BLOCK = Kernels.BLOCK;

  /** From one strip of six columns of A to the next, which has other places in the caches. */
  static final int STRIP_STRIDE = (BLOCK + 16) * Kernels.TILE_ROWS;

  /** Strips that are made at a time: they stay in the second-level cache. */
  private static final int STRIPS = 4;

  private final Kernels kernels;
  private final GradientKernels gradients;
  private final float[] panel = new float[BLOCK * COLUMNS];
  private final float[] strips = new float[STRIPS * STRIP_STRIDE];
  private final float[] lastRows = new float[Kernels.TILE_ROWS * BLOCK];
  private final float[] sums = new float[Kernels.TILE_ROWS * COLUMNS];

  public DenseProduct(Kernels kernels) {
    this.kernels = kernels;
    gradients = kernels.gradients();
  }

  /**
   * C (+)= A Bᵀ.
   *
   * @param m rows of A and of C
   * @param n rows of B, columns of C
   * @param inner columns of A and B
   * @param add whether to add to C or to replace it
   */
  public void nt(
      int m,
      int n,
      int inner,
      float[] a,
      int aOffset,
      int aStride,
      float[] b,
      int bOffset,
      int bStride,
      float[] c,
      int cOffset,
      int cStride,
      boolean add) {
    for (int column = 0; column < n; column += COLUMNS) {
      int columns = Math.min(COLUMNS, n - column);
      for (int block = 0; block < inner; block += BLOCK) {
        int count = Math.min(BLOCK, inner - block);
        int from = bOffset + column * bStride + block;
        transposePanel(gradients, b, from, bStride, count, columns, panel, 0);
        rows(
            m,
            count,
            a,
            aOffset + block,
            aStride,
            panel,
            columns,
            c,
            cOffset + column,
            cStride,
            add || block > 0);
      }
    }
  }

  /**
   * C (+)= A B.
   *
   * @param m rows of A and of C
   * @param n columns of B and of C
   * @param inner columns of A, rows of B
   * @param add whether to add to C or to replace it
   */
  public void nn(
      int m,
      int n,
      int inner,
      float[] a,
      int aOffset,
      int aStride,
      float[] b,
      int bOffset,
      int bStride,
      float[] c,
      int cOffset,
      int cStride,
      boolean add) {
    for (int column = 0; column < n; column += COLUMNS) {
      int columns = Math.min(COLUMNS, n - column);
      for (int block = 0; block < inner; block += BLOCK) {
        int count = Math.min(BLOCK, inner - block);
        packPanel(b, bOffset + block * bStride + column, bStride, count, columns, panel, 0);
        rows(
            m,
            count,
            a,
            aOffset + block,
            aStride,
            panel,
            columns,
            c,
            cOffset + column,
            cStride,
            add || block > 0);
      }
    }
  }

  /**
   * C += Aᵀ B.
   *
   * @param m columns of A, rows of C
   * @param n columns of B and of C
   * @param inner rows of A and B
   */
  public void tn(
      int m,
      int n,
      int inner,
      float[] a,
      int aOffset,
      int aStride,
      float[] b,
      int bOffset,
      int bStride,
      float[] c,
      int cOffset,
      int cStride) {
    int most = STRIPS * Kernels.TILE_ROWS;
    for (int block = 0; block < inner; block += BLOCK) {
      int count = Math.min(BLOCK, inner - block);
      for (int column = 0; column < n; column += COLUMNS) {
        int columns = Math.min(COLUMNS, n - column);
        packPanel(b, bOffset + block * bStride + column, bStride, count, columns, panel, 0);
        for (int row = 0; row < m; row += most) {
          int height = Math.min(most, m - row);
          int from = aOffset + block * aStride + row;
          gradients.interleave(a, from, aStride, count, height, strips, 0, STRIP_STRIDE);
          int to = cOffset + row * cStride + column;
          strips(height, count, strips, 0, panel, columns, c, to, cStride);
        }
      }
    }
  }

  // --- one B for many A ----------------------------------------------------------------------

  /** The right factor of a product in its form: panels of 64 columns. */
  public static final class Panels {
    private final float[][] panels;
    private int inner;

    /**
     * Room for a factor.
     *
     * @param mostColumns of the product
     * @param mostInner at most {@link Kernels#BLOCK}
     */
    public Panels(int mostColumns, int mostInner) {
      panels = new float[(mostColumns + COLUMNS - 1) / COLUMNS][mostInner * COLUMNS];
    }
  }

  /** Forms the right factor of C = A Bᵀ; B is n × inner. */
  public void formTransposed(int n, int inner, float[] b, int bOffset, int bStride, Panels to) {
    to.inner = inner;
    for (int column = 0; column < n; column += COLUMNS) {
      int columns = Math.min(COLUMNS, n - column);
      float[] panel = to.panels[column / COLUMNS];
      transposePanel(gradients, b, bOffset + column * bStride, bStride, inner, columns, panel, 0);
    }
  }

  /** Forms the right factor of C = A B; B is inner × n. */
  public void form(int n, int inner, float[] b, int bOffset, int bStride, Panels to) {
    to.inner = inner;
    for (int column = 0; column < n; column += COLUMNS) {
      int columns = Math.min(COLUMNS, n - column);
      packPanel(b, bOffset + column, bStride, inner, columns, to.panels[column / COLUMNS], 0);
    }
  }

  /**
   * Some columns of C (+)= A B.
   *
   * @param m rows of A and of C
   * @param b as it was formed
   * @param first the first column, a multiple of {@link Kernels#TILE_COLUMNS}
   * @param n columns of C
   */
  public void multiply(
      int m,
      float[] a,
      int aOffset,
      int aStride,
      Panels b,
      int first,
      int n,
      float[] c,
      int cOffset,
      int cStride,
      boolean add) {
    for (int column = 0; column < n; column += COLUMNS) {
      float[] panel = b.panels[(first + column) / COLUMNS];
      int columns = Math.min(COLUMNS, n - column);
      rows(m, b.inner, a, aOffset, aStride, panel, columns, c, cOffset + column, cStride, add);
    }
  }

  // --- pieces --------------------------------------------------------------------------------

  /** Copies {@code count} rows of up to 64 columns to a panel. */
  static void packPanel(
      float[] b, int offset, int stride, int count, int columns, float[] panel, int to) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(b, offset + i * stride, panel, to + i * COLUMNS, columns);
    }
    clearRest(count, columns, panel, to);
  }

  /** Makes {@code count} elements of up to 64 rows the columns of a panel. */
  static void transposePanel(
      GradientKernels gradients,
      float[] b,
      int offset,
      int stride,
      int count,
      int columns,
      float[] panel,
      int to) {
    gradients.transpose(b, offset, stride, columns, count, panel, to, COLUMNS);
    clearRest(count, columns, panel, to);
  }

  private static void clearRest(int count, int columns, float[] panel, int to) {
    if (columns < COLUMNS) {
      for (int i = 0; i < count; i++) {
        Arrays.fill(panel, to + i * COLUMNS + columns, to + (i + 1) * COLUMNS, 0f);
      }
    }
  }

  private static int tileColumns(int columns) {
    return columns <= NARROW ? NARROW : COLUMNS;
  }

  /** C (+)= A · panel, for all rows and one block of the inner dimension. */
  void rows(
      int m,
      int count,
      float[] a,
      int aOffset,
      int aStride,
      float[] panel,
      int columns,
      float[] c,
      int cOffset,
      int cStride,
      boolean add) {
    int width = tileColumns(columns);
    int height;
    for (int row = 0; row < m; row += height) {
      int left = m - row;
      // Two low tiles do eight rows without computing any in vain.
      int tile = left <= 4 || left == 8 ? Kernels.LOW_TILE_ROWS : Kernels.TILE_ROWS;
      height = Math.min(tile, left);
      int aAt = aOffset + row * aStride;
      int cAt = cOffset + row * cStride;
      if (height < tile) {
        // The missing rows repeat stale memory; their sums are not used.
        for (int i = 0; i < height; i++) {
          System.arraycopy(a, aAt + i * aStride, lastRows, i * BLOCK, count);
        }
        kernels.tile(lastRows, 0, BLOCK, tile, count, panel, width, sums, 0, COLUMNS, false);
      } else if (columns == width) {
        kernels.tile(a, aAt, aStride, tile, count, panel, width, c, cAt, cStride, add);
        continue;
      } else {
        kernels.tile(a, aAt, aStride, tile, count, panel, width, sums, 0, COLUMNS, false);
      }
      for (int i = 0; i < height; i++) {
        if (add) {
          kernels.add(sums, i * COLUMNS, c, cAt + i * cStride, columns);
        } else {
          System.arraycopy(sums, i * COLUMNS, c, cAt + i * cStride, columns);
        }
      }
    }
  }

  /** C += interleaved columns of A · panel, for one block of the inner dimension. */
  void strips(
      int m,
      int count,
      float[] a,
      int aOffset,
      float[] panel,
      int columns,
      float[] c,
      int cOffset,
      int cStride) {
    int width = tileColumns(columns);
    for (int row = 0; row < m; row += Kernels.TILE_ROWS) {
      int aAt = aOffset + row / Kernels.TILE_ROWS * STRIP_STRIDE;
      int cAt = cOffset + row * cStride;
      int height = Math.min(Kernels.TILE_ROWS, m - row);
      if (height == Kernels.TILE_ROWS && columns == width) {
        kernels.addInterleavedTile(a, aAt, count, panel, width, c, cAt, cStride);
        continue;
      }
      Arrays.fill(sums, 0f);
      kernels.addInterleavedTile(a, aAt, count, panel, width, sums, 0, COLUMNS);
      for (int i = 0; i < height; i++) {
        kernels.add(sums, i * COLUMNS, c, cAt + i * cStride, columns);
      }
    }
  }
}
