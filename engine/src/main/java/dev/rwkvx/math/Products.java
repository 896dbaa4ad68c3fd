package dev.rwkvx.math;

import org.jspecify.annotations.Nullable;

/**
 * Several independent products Y = f(X Wᵀ), run side by side on the workers as one job. Reusable:
 * {@link #start}, {@link #add} …, {@link #run}.
 */
public final class Products {
  /** What happens to a finished sum. */
  public enum Then {
    /** y = sum. */
    STORE,
    /** y += sum. */
    ADD,
    /** y = tanh(sum). */
    TANH,
    /** y = σ(sum). */
    SIGMOID,
    /** y = max(sum, 0)². */
    RELU_SQUARED
  }

  /** Bytes of weights that make a part worth handing over. */
  private static final long PART_BYTES = 32 << 10;

  /** Up to this number of rows, parts take all rows and as many panels as make them worth it. */
  private static final int FEW_ROWS = 2 * Kernels.ROWS;

  /** Panels of a part with more rows. */
  private static final int PART_PANELS = 2;

  /** Rows of a part: they stay in the second-level cache while weights pass by. */
  private static final int PART_ROWS = 192;

  private static final int MOST = 16;

  private final Kernels kernels;
  private final Workers workers;
  private final PanelProduct[] scratch;
  private final Slot[] slots = new Slot[MOST];
  private int count;
  private int rows;
  private final Job job = this::runPart;

  public Products(Kernels kernels, Workers workers) {
    this.kernels = kernels;
    this.workers = workers;
    scratch = new PanelProduct[workers.count()];
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = new PanelProduct(kernels);
    }
    for (int i = 0; i < MOST; i++) {
      slots[i] = new Slot();
    }
  }

  /** The single-threaded product of a worker, for jobs that multiply inside their parts. */
  public PanelProduct scratch(int worker) {
    return scratch[worker];
  }

  /** Begins a list of products that all have {@code rows} rows. */
  public Products start(int rows) {
    this.rows = rows;
    count = 0;
    return this;
  }

  /**
   * Adds a product to the list.
   *
   * @param x rows × inputs, {@code xStride} floats apart
   * @param y rows × outputs, {@code yStride} floats apart; no other product of the list may use it
   */
  public Products add(
      Matrix matrix, float[] x, int xOffset, int xStride, float[] y, int yStride, Then then) {
    Slot slot = slots[count++];
    slot.matrix = matrix;
    slot.x = x;
    slot.xOffset = xOffset;
    slot.xStride = xStride;
    slot.y = y;
    slot.yStride = yStride;
    slot.then = then;
    return this;
  }

  /** Runs the list. */
  public void run() {
    int parts = 0;
    for (int i = 0; i < count; i++) {
      slots[i].prepare(rows, kernels);
      parts += slots[i].split(rows);
    }
    workers.run(parts, job);
  }

  private void runPart(int part, int worker) {
    int slot = 0;
    while (part >= slots[slot].parts) {
      part -= slots[slot++].parts;
    }
    slots[slot].run(part, rows, kernels, scratch[worker]);
  }

  private static final class Slot {
    @Nullable Matrix matrix;
    float[] x = new float[0];
    int xOffset;
    int xStride;
    float[] y = new float[0];
    int yStride;
    Then then = Then.STORE;
    float[] groupSums = new float[0];
    int outputsPerPart;
    int rowsPerPart;
    int parts;

    /** Sums up the groups of x, which all parts of a quantised product need. */
    void prepare(int rows, Kernels kernels) {
      Matrix w = weights();
      if (!w.type().isQuantized()) {
        return;
      }
      if (groupSums.length < rows * w.groups()) {
        groupSums = new float[rows * w.groups()];
      }
      for (int row = 0; row < rows; row++) {
        int xAt = xOffset + row * xStride;
        kernels.groupSums(x, xAt, w.groups(), groupSums, row * w.groups());
      }
    }

    int split(int rows) {
      Matrix w = weights();
      if (rows <= FEW_ROWS) {
        int panels = (int) Math.max(1, PART_BYTES / w.panelStride());
        outputsPerPart = panels * Kernels.PANEL;
        rowsPerPart = rows;
      } else {
        outputsPerPart = PART_PANELS * Kernels.PANEL;
        rowsPerPart = PART_ROWS;
      }
      parts = divideUp(w.outputs(), outputsPerPart) * divideUp(rows, rowsPerPart);
      return parts;
    }

    void run(int part, int rows, Kernels kernels, PanelProduct product) {
      Matrix w = weights();
      int columnParts = divideUp(w.outputs(), outputsPerPart);
      int from = part % columnParts * outputsPerPart;
      int to = Math.min(from + outputsPerPart, w.outputs());
      int firstRow = part / columnParts * rowsPerPart;
      int rowCount = Math.min(rowsPerPart, rows - firstRow);
      boolean add = then == Then.ADD;
      int xAt = xOffset + firstRow * xStride;
      int yAt = firstRow * yStride;
      if (w.type().isQuantized()) {
        int sumsAt = firstRow * w.groups();
        product.runQuantized(
            w.type(),
            w.panels(),
            0,
            w.panelStride(),
            from,
            to,
            w.groups(),
            rowCount,
            x,
            xAt,
            xStride,
            groupSums,
            sumsAt,
            y,
            yAt,
            yStride,
            add);
      } else {
        product.run(
            w.type(),
            w.panels(),
            0,
            w.panelStride(),
            from,
            to,
            w.inputs(),
            rowCount,
            x,
            xAt,
            xStride,
            y,
            yAt,
            yStride,
            add);
      }
      for (int row = firstRow; row < firstRow + rowCount; row++) {
        finish(kernels, row * yStride + from, to - from);
      }
    }

    private void finish(Kernels kernels, int at, int n) {
      switch (then) {
        case STORE, ADD -> {}
        case TANH -> kernels.tanh(y, at, n);
        case SIGMOID -> kernels.sigmoid(y, at, n);
        case RELU_SQUARED -> kernels.reluSquared(y, at, n);
      }
    }

    private Matrix weights() {
      if (matrix == null) {
        throw new IllegalStateException("a product without its matrix");
      }
      return matrix;
    }

    private static int divideUp(int a, int b) {
      return (a + b - 1) / b;
    }
  }
}
