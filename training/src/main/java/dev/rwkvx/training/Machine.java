package dev.rwkvx.training;

import dev.rwkvx.math.DenseProducts;
import dev.rwkvx.math.GradientKernels;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Workers;
import java.util.Arrays;

/** What every operation computes with. */
final class Machine {
  /** Rows of a part of row-wise work; sums over rows are cut in the same places. */
  static final int PART_ROWS = 32;

  /** An array for those who want none. */
  static final float[] NONE = new float[0];

  /** Does rows {@code from … to − 1}, which are part {@code part} of the work. */
  interface RowsJob {
    void run(int part, int from, int to, int worker);
  }

  final Kernels kernels;
  final GradientKernels gradients;
  final Workers workers;
  final DenseProducts products;

  /** A row of scratch memory per worker. */
  private final float[][] rows;

  Machine(Kernels kernels, Workers workers) {
    this.kernels = kernels;
    this.workers = workers;
    gradients = kernels.gradients();
    products = new DenseProducts(kernels, workers);
    rows = new float[workers.count()][];
    Arrays.fill(rows, NONE);
  }

  /** At least {@code n} floats of scratch memory of a worker. */
  float[] row(int worker, int n) {
    if (rows[worker].length < n) {
      rows[worker] = new float[n];
    }
    return rows[worker];
  }

  static int parts(int rows) {
    return (rows + PART_ROWS - 1) / PART_ROWS;
  }

  /** Runs row-wise work in parts of {@link #PART_ROWS} rows. */
  void rows(int rows, RowsJob job) {
    workers.run(
        parts(rows),
        (part, worker) -> {
          int from = part * PART_ROWS;
          job.run(part, from, Math.min(from + PART_ROWS, rows), worker);
        });
  }
}
