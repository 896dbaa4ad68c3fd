package dev.rwkvx.model;

import dev.rwkvx.math.Job;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Products;
import dev.rwkvx.math.Workers;

/**
 * The memory of one forward pass and the threads that run it. Buffers hold one row per token of the
 * batch; they are reused by every block, so that a warm pass allocates nothing.
 */
final class Pass {
  /** Rows of a part of row-wise work. */
  private static final int PART_ROWS = 16;

  final Kernels kernels;
  final Workers workers;
  final Products products;
  final Batch batch = new Batch();
  final int embedding;
  final TimeMix.Scratch timeMix;
  final ChannelMix.Scratch channelMix;
  final SparseAttention.Scratch attention;
  final TokenShift tokenShift;
  private final NormJob normJob = new NormJob();

  /** The residual stream. (T,C) */
  float[] x = new float[0];

  /** The normalised input of a mix. (T,C) */
  float[] normal = new float[0];

  Pass(Weights weights, Kernels kernels, Workers workers) {
    this.kernels = kernels;
    this.workers = workers;
    products = new Products(kernels, workers);
    embedding = weights.config().embedding();
    tokenShift = new TokenShift(this);
    timeMix = new TimeMix.Scratch(this, weights);
    channelMix = new ChannelMix.Scratch(weights);
    attention = new SparseAttention.Scratch(this, weights);
  }

  /** Makes room for the rows of the batch. */
  void reserve() {
    int rows = batch.rows();
    if (x.length < rows * embedding) {
      x = new float[rows * embedding];
      normal = new float[rows * embedding];
      timeMix.reserve(rows);
      channelMix.reserve(rows);
      attention.reserve(rows);
    }
  }

  /** normal = norm(x), row by row. */
  void normalise(LayerNorm norm) {
    normJob.norm = norm;
    runRows(normJob);
  }

  /** Runs a job whose parts are {@link #PART_ROWS} rows each. */
  void runRows(Job job) {
    workers.run((batch.rows() + PART_ROWS - 1) / PART_ROWS, job);
  }

  int firstRow(int part) {
    return part * PART_ROWS;
  }

  int endRow(int part) {
    return Math.min((part + 1) * PART_ROWS, batch.rows());
  }

  /** Keeps the last normalised row of a run as the previous token of the next pass. */
  void keepLast(int run, float[] shift) {
    System.arraycopy(normal, batch.last(run) * embedding, shift, 0, embedding);
  }

  private final class NormJob implements Job {
    private LayerNorm norm = LayerNorm.NONE;

    @Override
    public void run(int part, int worker) {
      for (int row = firstRow(part); row < endRow(part); row++) {
        norm.apply(kernels, x, row * embedding, normal, row * embedding);
      }
    }
  }
}
