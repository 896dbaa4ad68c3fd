package dev.rwkvx.math;

/**
 * The products of {@link DenseProduct} on all workers. An element's sum is the same bits for any
 * number of threads.
 */
public final class DenseProducts {
  private static final int COLUMNS = DenseProduct.COLUMNS;
  private static final int BLOCK = DenseProduct.BLOCK;

  /** Parts to cut a product into, if its size allows: enough to share out evenly. */
  private static final int PARTS = 16;

  /** The fewest rows for which packing a panel anew is worth while. */
  private static final int FEWEST_ROWS = 96;

  private final Workers workers;
  private final DenseProduct[] products;

  /** The panels of one block of B, for tn. */
  private float[][] panels = new float[0][];

  public DenseProducts(Kernels kernels, Workers workers) {
    this.workers = workers;
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
    reserve(panelCount);
    int height = DenseProduct.TRANSPOSED_ROWS;
    int rowParts = divideUp(m, height);
    int panelParts = Math.min(panelCount, divideUp(PARTS, rowParts));
    int partPanels = divideUp(panelCount, panelParts);
    for (int block = 0; block < inner; block += BLOCK) {
      int from = block;
      int count = Math.min(BLOCK, inner - block);
      workers.run(
          panelCount,
          (part, worker) -> {
            int column = part * COLUMNS;
            int columns = Math.min(COLUMNS, n - column);
            DenseProduct.pack(
                b, bOffset + from * bStride + column, bStride, count, columns, panels[part]);
          });
      workers.run(
          rowParts * panelParts,
          (part, worker) -> {
            int row = part % rowParts * height;
            int rows = Math.min(height, m - row);
            DenseProduct product = products[worker];
            product.transpose(a, aOffset + from * aStride + row, aStride, count, rows);
            int first = part / rowParts * partPanels;
            for (int p = first; p < Math.min(first + partPanels, panelCount); p++) {
              int column = p * COLUMNS;
              product.transposedRows(
                  rows,
                  count,
                  panels[p],
                  Math.min(COLUMNS, n - column),
                  c,
                  cOffset + row * cStride + column,
                  cStride,
                  add || from > 0);
            }
          });
    }
  }

  private void reserve(int count) {
    if (panels.length < count) {
      float[][] more = new float[count][];
      System.arraycopy(panels, 0, more, 0, panels.length);
      for (int i = panels.length; i < count; i++) {
        more[i] = new float[BLOCK * COLUMNS];
      }
      panels = more;
    }
  }

  private static int divideUp(int a, int b) {
    return (a + b - 1) / b;
  }
}
