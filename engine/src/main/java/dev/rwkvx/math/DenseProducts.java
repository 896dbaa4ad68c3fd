package dev.rwkvx.math;

import java.util.Arrays;

/**
 * The products of {@link DenseProduct} on all workers. An element's sum is the same bits for any
 * number of threads.
 */
public final class DenseProducts {
  private static final int COLUMNS = DenseProduct.COLUMNS;
  private static final int BLOCK = DenseProduct.BLOCK;

  /** Parts to cut a product into, if its size allows: enough to share out evenly. */
  private static final int PARTS = 16;

  /** Columns of A that are transposed at a time: they stay in the second-level cache. */
  private static final int STRIP = 128 * Kernels.TILE_ROWS;

  /** Rows of A and B that are brought to their form by one part. */
  private static final int FORM_ROWS = 64;

  /** The fewest rows for which packing a panel anew is worth while. */
  private static final int FEWEST_ROWS = 96;

  private final Workers workers;
  private final GradientKernels gradients;
  private final DenseProduct[] products;

  // For tn.

  /** The panels of one block of B. */
  private float[][] panels = new float[0][];

  /** A strip of one block of A, transposed. */
  private float[] transposed = new float[0];

  public DenseProducts(Kernels kernels, Workers workers) {
    this.workers = workers;
    gradients = kernels.gradients();
    products = new DenseProduct[workers.count()];
    for (int i = 0; i < products.length; i++) {
      products[i] = new DenseProduct(kernels);
    }
  }

  /** The single-threaded product of a worker, for jobs that multiply inside their parts. */
  public DenseProduct of(int worker) {
    return products[worker];
  }

  /** C (+)= A Bᵀ; A is m × inner, B is n × inner. */
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
    int panelCount = divideUp(n, COLUMNS);
    int height = partRows(m, panelCount);
    workers.run(
        panelCount * divideUp(m, height),
        (part, worker) -> {
          int column = part % panelCount * COLUMNS;
          int row = part / panelCount * height;
          products[worker].nt(
              Math.min(height, m - row),
              Math.min(COLUMNS, n - column),
              inner,
              a,
              aOffset + row * aStride,
              aStride,
              b,
              bOffset + column * bStride,
              bStride,
              c,
              cOffset + row * cStride + column,
              cStride,
              add);
        });
  }

  /** C (+)= A B; A is m × inner, B is inner × n. */
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
    int panelCount = divideUp(n, COLUMNS);
    int height = partRows(m, panelCount);
    workers.run(
        panelCount * divideUp(m, height),
        (part, worker) -> {
          int column = part % panelCount * COLUMNS;
          int row = part / panelCount * height;
          products[worker].nn(
              Math.min(height, m - row),
              Math.min(COLUMNS, n - column),
              inner,
              a,
              aOffset + row * aStride,
              aStride,
              b,
              bOffset + column,
              bStride,
              c,
              cOffset + row * cStride + column,
              cStride,
              add);
        });
  }

  private static int partRows(int m, int panelCount) {
    int height = divideUp(m, divideUp(PARTS, panelCount));
    height = Math.max(height, FEWEST_ROWS);
    return divideUp(height, Kernels.TILE_ROWS) * Kernels.TILE_ROWS;
  }

  /** C (+)= Aᵀ B; A is inner × m, B is inner × n. */
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
      int cStride,
      boolean add) {
    int panelCount = divideUp(n, COLUMNS);
    reserve(panelCount, Math.min(m, STRIP));
    for (int block = 0; block < inner; block += BLOCK) {
      int count = Math.min(BLOCK, inner - block);
      for (int strip = 0; strip < m; strip += STRIP) {
        int rows = Math.min(STRIP, m - strip);
        form(
            count,
            a,
            aOffset + block * aStride + strip,
            aStride,
            rows,
            b,
            bOffset + block * bStride,
            bStride,
            strip == 0 ? n : 0);
        multiply(rows, n, count, c, cOffset + strip * cStride, cStride, add || block > 0);
      }
    }
  }

  /** Transposes {@code rows} columns of A and packs {@code n} columns of B, row by row. */
  private void form(
      int count,
      float[] a,
      int aOffset,
      int aStride,
      int rows,
      float[] b,
      int bOffset,
      int bStride,
      int n) {
    int stride = DenseProduct.TRANSPOSED_STRIDE;
    workers.run(
        divideUp(count, FORM_ROWS),
        (part, worker) -> {
          int from = part * FORM_ROWS;
          int end = Math.min(from + FORM_ROWS, count);
          gradients.transpose(
              a, aOffset + from * aStride, aStride, end - from, rows, transposed, from, stride);
          for (int column = 0; column < n; column += COLUMNS) {
            int columns = Math.min(COLUMNS, n - column);
            float[] panel = panels[column / COLUMNS];
            DenseProduct.pack(b, bOffset + column, bStride, from, end, columns, panel);
          }
        });
  }

  /** C (+)= what {@link #form} has left. */
  private void multiply(int m, int n, int count, float[] c, int cOffset, int cStride, boolean add) {
    int height = DenseProduct.TRANSPOSED_ROWS;
    int rowParts = divideUp(m, height);
    int panelCount = divideUp(n, COLUMNS);
    int partPanels = divideUp(panelCount, Math.min(panelCount, divideUp(PARTS, rowParts)));
    workers.run(
        rowParts * divideUp(panelCount, partPanels),
        (part, worker) -> {
          int row = part % rowParts * height;
          int first = part / rowParts * partPanels;
          for (int p = first; p < Math.min(first + partPanels, panelCount); p++) {
            int column = p * COLUMNS;
            products[worker].rows(
                Math.min(height, m - row),
                count,
                transposed,
                row * DenseProduct.TRANSPOSED_STRIDE,
                DenseProduct.TRANSPOSED_STRIDE,
                panels[p],
                Math.min(COLUMNS, n - column),
                c,
                cOffset + row * cStride + column,
                cStride,
                add);
          }
        });
  }

  private void reserve(int panelCount, int rows) {
    if (transposed.length < rows * DenseProduct.TRANSPOSED_STRIDE) {
      transposed = new float[rows * DenseProduct.TRANSPOSED_STRIDE];
    }
    if (panels.length < panelCount) {
      int present = panels.length;
      panels = Arrays.copyOf(panels, panelCount);
      for (int i = present; i < panelCount; i++) {
        panels[i] = new float[BLOCK * COLUMNS];
      }
    }
  }

  private static int divideUp(int a, int b) {
    return (a + b - 1) / b;
  }
}
