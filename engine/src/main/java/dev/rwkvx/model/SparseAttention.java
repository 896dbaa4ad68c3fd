package dev.rwkvx.model;

import dev.rwkvx.math.Job;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.Products.Then;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The sparse-attention block's attention (RWKV-X, section 3): projections around {@link
 * ChunkAttention}. No positional encoding.
 *
 * @param block index among the sparse blocks
 * @param keyConvolution an extension of the paper's model
 */
record SparseAttention(
    int block,
    Matrix query,
    Matrix key,
    @Nullable KeyConvolution keyConvolution,
    Matrix value,
    Matrix output) {
  /** x += Attention(norm(x)). */
  void forward(Pass pass, LayerNorm norm) {
    Scratch m = pass.attention;
    Batch batch = pass.batch;
    int c = pass.embedding;
    pass.normalise(norm);

    // q = W_receptance x, k = W_key x, v = W_value x
    pass.products
        .start(batch.rows())
        .add(query, pass.normal, 0, c, m.q, c, Then.STORE)
        .add(key, pass.normal, 0, c, keyConvolution == null ? m.k : m.plainK, c, Then.STORE)
        .add(value, pass.normal, 0, c, m.v, c, Then.STORE)
        .run();

    m.block = block;
    m.keyConvolution = keyConvolution;
    for (int run = 0; run < batch.runs(); run++) {
      State state = batch.state(run);
      if (state.ablation().sparseZeroed()) {
        continue;
      }
      if (state.budgets.length > 0) {
        state.budgets[block].begin();
      }
      state.caches[block].reserve(batch.count(run));
    }
    // A part for each head of each run, and one for what a run has to do about a cut.
    pass.workers.run(batch.runs() * (m.heads + 1), m.headJob);
    for (int run = 0; run < batch.runs(); run++) {
      State state = batch.state(run);
      if (state.ablation().sparseZeroed()) {
        continue;
      }
      state.caches[block].advance(batch.count(run));
      if (state.budgets.length > 0) {
        state.budgets[block].advance(batch.count(run));
      }
    }

    // x += W_output concat(heads)
    pass.products.start(batch.rows()).add(output, m.y, 0, c, pass.x, c, Then.ADD).run();
  }

  /** Buffers, one row per token, and the attention of each worker. */
  static final class Scratch {
    private final int heads;
    private final int headSize;
    private final int embedding;
    private final int topK;
    private final int keyWidth;
    private final ChunkAttention[] attention;
    private final float[][] z;
    private final AttentionProbe[] probes;
    private int block;
    private @Nullable KeyConvolution keyConvolution;

    // (T,C)
    float[] q = new float[0];
    float[] plainK = new float[0];
    float[] k = new float[0];
    float[] v = new float[0];
    float[] y = new float[0];

    final Job headJob;

    Scratch(Pass pass, Weights weights) {
      Config config = weights.config();
      heads = config.heads();
      headSize = config.headSize();
      embedding = config.embedding();
      topK = config.topK();
      attention = new ChunkAttention[config.sparseBlocks() == 0 ? 0 : pass.workers.count()];
      keyWidth = config.keyWidth();
      z = new float[attention.length][headSize];
      for (int i = 0; i < attention.length; i++) {
        attention[i] = new ChunkAttention(pass.kernels, pass.products.scratch(i), headSize);
      }
      probes = new AttentionProbe[attention.length];
      Arrays.setAll(probes, i -> new AttentionProbe(pass.kernels, pass.products.scratch(i)));
      headJob = (part, worker) -> part(pass, part / (heads + 1), part % (heads + 1), worker);
    }

    private void part(Pass pass, int run, int part, int worker) {
      State state = pass.batch.state(run);
      if (part > 0) {
        head(pass, run, part - 1, worker);
      } else if (state.budgets.length > 0) {
        state.budgets[block].work(
            pass.batch.count(run), pass.kernels, pass.products.scratch(worker));
      }
    }

    private void head(Pass pass, int run, int head, int worker) {
      Batch batch = pass.batch;
      State state = batch.state(run);
      KvCache cache = state.caches[block];
      int rows = batch.count(run);
      int at = batch.first(run) * embedding + head * headSize;
      if (state.ablation().sparseZeroed()) {
        for (int row = 0; row < rows; row++) {
          Arrays.fill(y, at + row * embedding, at + row * embedding + headSize, 0f);
        }
        return;
      }
      if (state.budgets.length > 0) {
        state.budgets[block].observe(head, rows, q, at, embedding);
      }
      if (keyConvolution != null) {
        // k ← k + SiLU(Σ c_j ⊙ k_{t−j})
        keyConvolution.head(
            pass.kernels, head * headSize, state.keyShift[block], plainK, k, at, rows, z[worker]);
      }
      cache.append(head, rows, k, v, at, embedding);
      attention[worker].run(cache, head, topK, rows, cache.length(), q, y, at, embedding);
      AttentionObserver observer = state.observer();
      if (observer != null) {
        AttentionProbe.Queries queries =
            new AttentionProbe.Queries(cache, block, head, rows, cache.length(), q, at, embedding);
        probes[worker].report(queries, attention[worker], observer);
      }
    }

    void reserve(int rows) {
      if (attention.length == 0) {
        return;
      }
      q = new float[rows * embedding];
      plainK = new float[keyWidth == 0 ? 0 : rows * embedding];
      k = new float[rows * embedding];
      v = new float[rows * embedding];
      y = new float[rows * embedding];
    }
  }
}
