package dev.rwkvx.math;

/**
 * The products of {@link DenseProduct} on all workers. Factors are brought to their form block by
 * block, the next ones while the last ones are multiplied, so that workers seldom wait for each
 * other. An element's sum is the same bits for any number of threads.
 */
public final class DenseProducts {
  private static final int COLUMNS = DenseProduct.COLUMNS;
  private static final int BLOCK = DenseProduct.BLOCK;

  /** Parts to cut a product into, if its size allows: enough to share out evenly. */
  private static final int PARTS = 16;

  /** The most rows of A in a part: a block of them stays in the second-level cache. */
  private static final int MOST_ROWS = 96;

  /** Columns of C whose panels are made at a time. */
  private static final int BAND = 16 * COLUMNS;

  /** Strips of columns of A that are made at a time. */
  private static final int STRIPS = 128;

  /** Rows of factors that one part brings to their form. */
  private static final int FORM_ROWS = 64;

  /** Inner elements that one part transposes of a panel. */
  private static final int FORM_COLUMNS = 128;

  private final Workers workers;
  private final GradientKernels gradients;
  private final DenseProduct[] products;

  /** A band of one block of B; two, of which one is multiplied and one is formed. */
  private float[][] panels = new float[BAND / COLUMNS][BLOCK * COLUMNS];

  private float[][] otherPanels = new float[BAND / COLUMNS][BLOCK * COLUMNS];

  /** Strips of one block of A, twice as well. */
  private float[] strips = new float[STRIPS * DenseProduct.STRIP_STRIDE];

  private float[] otherStrips = new float[STRIPS * DenseProduct.STRIP_STRIDE];

  /** What can be multiplied now. */
  private Task multiplication = Task.NONE;

  /** Parts to be run by any workers in any order. */
  private record Task(int parts, Job job) {
    static final Task NONE = new Task(0, (_, _) -> {});

    /** Parts of both, in this order. */
    Task and(Task next) {
      return new Task(
          parts + next.parts,
          (part, worker) -> {
            if (part < parts) {
              job.run(part, worker);
            } else {
              next.job.run(part - parts, worker);
            }
          });
    }
  }

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
    for (int band = 0; band < n; band += BAND) {
      int columns = Math.min(BAND, n - band);
      for (int block = 0; block < inner; block += BLOCK) {
        int count = Math.min(BLOCK, inner - block);
        Task panels = transposePanels(count, columns, b, bOffset + band * bStride + block, bStride);
        int to = cOffset + band;
        boolean adds = add || block > 0;
        form(
            panels, multiply(m, columns, count, a, aOffset + block, aStride, c, to, cStride, adds));
      }
    }
    finish();
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
    for (int band = 0; band < n; band += BAND) {
      int columns = Math.min(BAND, n - band);
      for (int block = 0; block < inner; block += BLOCK) {
        int count = Math.min(BLOCK, inner - block);
        Task panels = packPanels(count, columns, b, bOffset + block * bStride + band, bStride);
        int to = cOffset + band;
        boolean adds = add || block > 0;
        form(
            panels, multiply(m, columns, count, a, aOffset + block, aStride, c, to, cStride, adds));
      }
    }
    finish();
  }

  /** C += Aᵀ B; A is inner × m, B is inner × n. */
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
    for (int band = 0; band < n; band += BAND) {
      int columns = Math.min(BAND, n - band);
      for (int block = 0; block < inner; block += BLOCK) {
        int count = Math.min(BLOCK, inner - block);
        Task factors = packPanels(count, columns, b, bOffset + block * bStride + band, bStride);
        for (int first = 0; first < m; first += most) {
          int rows = Math.min(most, m - first);
          Task strips = interleave(count, rows, a, aOffset + block * aStride + first, aStride);
          int to = cOffset + first * cStride + band;
          form(factors.and(strips), multiplyStrips(rows, columns, count, c, to, cStride));
          factors = Task.NONE;
        }
      }
    }
    finish();
  }

  // --- pieces --------------------------------------------------------------------------------

  /** Forms factors while those before are multiplied. */
  private void form(Task factors, Task multiplied) {
    run(factors.and(takeMultiplication()));
    multiplication = multiplied;
  }

  private void finish() {
    run(takeMultiplication());
  }

  private Task takeMultiplication() {
    Task taken = multiplication;
    multiplication = Task.NONE;
    return taken;
  }

  private void run(Task task) {
    workers.run(task.parts, task.job);
  }

  /** Makes panels of {@code columns} rows of B, {@code count} elements each. */
  private Task transposePanels(int count, int columns, float[] b, int offset, int stride) {
    float[][] to = nextPanels();
    int parts = divideUp(count, FORM_COLUMNS);
    return new Task(
        divideUp(columns, COLUMNS) * parts,
        (part, _) -> {
          int panel = part / parts;
          int first = panel * COLUMNS;
          int from = part % parts * FORM_COLUMNS;
          DenseProduct.transposePanel(
              gradients,
              b,
              offset + first * stride + from,
              stride,
              Math.min(FORM_COLUMNS, count - from),
              Math.min(COLUMNS, columns - first),
              to[panel],
              from * COLUMNS);
        });
  }

  /** Makes panels of {@code count} rows of B, {@code columns} elements each. */
  private Task packPanels(int count, int columns, float[] b, int offset, int stride) {
    float[][] to = nextPanels();
    return new Task(
        divideUp(count, FORM_ROWS),
        (part, _) -> {
          int from = part * FORM_ROWS;
          int rows = Math.min(FORM_ROWS, count - from);
          for (int column = 0; column < columns; column += COLUMNS) {
            DenseProduct.packPanel(
                b,
                offset + from * stride + column,
                stride,
                rows,
                Math.min(COLUMNS, columns - column),
                to[column / COLUMNS],
                from * COLUMNS);
          }
        });
  }

  /** Makes strips of {@code count} rows of A, {@code columns} elements each. */
  private Task interleave(int count, int columns, float[] a, int offset, int stride) {
    float[] to = nextStrips();
    return new Task(
        divideUp(count, FORM_ROWS),
        (part, _) -> {
          int from = part * FORM_ROWS;
          gradients.interleave(
              a,
              offset + from * stride,
              stride,
              Math.min(FORM_ROWS, count - from),
              columns,
              to,
              from * Kernels.TILE_ROWS,
              DenseProduct.STRIP_STRIDE);
        });
  }

  /** The memory that is not multiplied now; later ones are multiplied from it. */
  private float[][] nextPanels() {
    float[][] next = otherPanels;
    otherPanels = panels;
    panels = next;
    return next;
  }

  private float[] nextStrips() {
    float[] next = otherStrips;
    otherStrips = strips;
    strips = next;
    return next;
  }

  /** C (+)= A · the panels, for one block of the inner dimension. */
  private Task multiply(
      int m,
      int n,
      int count,
      float[] a,
      int aOffset,
      int aStride,
      float[] c,
      int cOffset,
      int cStride,
      boolean add) {
    return share(
        m,
        n,
        (product, row, rows, panel, column, columns) ->
            product.rows(
                rows,
                count,
                a,
                aOffset + row * aStride,
                aStride,
                panel,
                columns,
                c,
                cOffset + row * cStride + column,
                cStride,
                add));
  }

  /** C += the strips · the panels, for one block of the inner dimension. */
  private Task multiplyStrips(int m, int n, int count, float[] c, int cOffset, int cStride) {
    float[] a = strips;
    return share(
        m,
        n,
        (product, row, rows, panel, column, columns) ->
            product.strips(
                rows,
                count,
                a,
                row / Kernels.TILE_ROWS * DenseProduct.STRIP_STRIDE,
                panel,
                columns,
                c,
                cOffset + row * cStride + column,
                cStride));
  }

  /** A piece of a product: some rows of C and the columns of one panel. */
  private interface Piece {
    void multiply(DenseProduct product, int row, int rows, float[] panel, int column, int columns);
  }

  /** Cuts a product of m × n with the panels of now; pieces start at whole tiles. */
  private Task share(int m, int n, Piece piece) {
    float[][] b = panels;
    int panelCount = divideUp(n, COLUMNS);
    int most = Math.min(divideUp(m, divideUp(PARTS, panelCount)), MOST_ROWS);
    int partRows = divideUp(most, Kernels.TILE_ROWS) * Kernels.TILE_ROWS;

    int rowParts = divideUp(m, partRows);
    int partPanels = divideUp(panelCount, Math.min(panelCount, divideUp(PARTS, rowParts)));
    return new Task(
        rowParts * divideUp(panelCount, partPanels),
        (part, worker) -> {
          int row = part % rowParts * partRows;
          int rows = Math.min(partRows, m - row);
          int first = part / rowParts * partPanels;
          for (int p = first; p < Math.min(first + partPanels, panelCount); p++) {
            int column = p * COLUMNS;
            int columns = Math.min(COLUMNS, n - column);
            piece.multiply(products[worker], row, rows, b[p], column, columns);
          }
        });
  }

  private static int divideUp(int a, int b) {
    return (a + b - 1) / b;
  }
}
