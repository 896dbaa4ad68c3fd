package dev.rwkvx.model;

import dev.rwkvx.math.Job;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.Products.Then;
import org.jspecify.annotations.Nullable;

/**
 * Channel mixing of both kinds of block: out = V relu(K m_k(x))².
 *
 * @param slot which of the state's channel shifts is this block's
 * @param shift x_k [C]
 * @param key K [F,C]
 * @param value V [C,F]
 */
record ChannelMix(int slot, float[] shift, Matrix key, Matrix value) {
  /** x += ChannelMix(pass.normal). */
  void forward(Pass pass) {
    Scratch m = pass.channelMix;
    int rows = pass.batch.rows();
    int c = pass.embedding;
    int f = key.outputs();
    m.layer = this;
    pass.runRows(m.mixJob);
    for (int run = 0; run < pass.batch.runs(); run++) {
      pass.keepLast(run, pass.batch.state(run).channelShift[slot]);
    }
    pass.products.start(rows).add(key, m.mixed, 0, c, m.hidden, f, Then.RELU_SQUARED).run();
    pass.products.start(rows).add(value, m.hidden, 0, f, pass.x, c, Then.ADD).run();
  }

  private void mix(Pass pass, Scratch m, int row) {
    int c = pass.embedding;
    float[] kept = pass.batch.state(pass.batch.runOf(row)).channelShift[slot];
    pass.kernels.lerp(
        pass.normal,
        row * c,
        pass.previous(row, kept),
        pass.previousAt(row),
        shift,
        0,
        m.mixed,
        row * c,
        c);
  }

  /** Buffers, one row per token. */
  static final class Scratch {
    private final int embedding;
    private final int hiddenSize;
    private @Nullable ChannelMix layer;

    /** (T,C) */
    float[] mixed = new float[0];

    /** (T,F) */
    float[] hidden = new float[0];

    final Job mixJob;

    Scratch(Pass pass, Weights weights) {
      embedding = weights.config().embedding();
      hiddenSize = weights.largestHidden();
      mixJob =
          (part, worker) -> {
            ChannelMix current = layer;
            for (int row = pass.firstRow(part); row < pass.endRow(part) && current != null; row++) {
              current.mix(pass, this, row);
            }
          };
    }

    void reserve(int rows) {
      mixed = new float[rows * embedding];
      hidden = new float[rows * hiddenSize];
    }
  }
}
