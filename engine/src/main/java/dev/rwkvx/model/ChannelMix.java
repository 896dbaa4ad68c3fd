package dev.rwkvx.model;

import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.Products.Then;

/**
 * Channel mixing of both kinds of block: out = V relu(K m_k(x))².
 *
 * @param slot which of the state's channel shifts is this block's
 * @param shift x_k [C]
 * @param key K [F,C]
 * @param value V [C,F]
 */
record ChannelMix(int slot, float[] shift, Matrix key, Matrix value) implements TokenShift.Mix {
  /** x += ChannelMix(norm(x)). */
  void forward(Pass pass, LayerNorm norm) {
    Scratch m = pass.channelMix;
    int rows = pass.batch.rows();
    int c = pass.embedding;
    int f = key.outputs();
    pass.tokenShift.run(norm, this);
    pass.products.start(rows).add(key, m.mixed, 0, c, m.hidden, f, Then.RELU_SQUARED).run();
    pass.products.start(rows).add(value, m.hidden, 0, f, pass.x, c, Then.ADD).run();
  }

  @Override
  public float[] kept(State state) {
    return state.channelShift[slot];
  }

  @Override
  public void shift(Pass pass, int row, float[] previous, int previousAt) {
    int c = pass.embedding;
    int at = row * c;
    float[] mixed = pass.channelMix.mixed;
    pass.kernels.lerp(pass.normal, at, previous, previousAt, shift, 0, mixed, at, c);
  }

  /** Buffers, one row per token. */
  static final class Scratch {
    private final int embedding;
    private final int hiddenSize;

    /** (T,C) */
    float[] mixed = new float[0];

    /** (T,F) */
    float[] hidden = new float[0];

    Scratch(Weights weights) {
      embedding = weights.config().embedding();
      hiddenSize = weights.largestHidden();
    }

    void reserve(int rows) {
      mixed = new float[rows * embedding];
      hidden = new float[rows * hiddenSize];
    }
  }
}
