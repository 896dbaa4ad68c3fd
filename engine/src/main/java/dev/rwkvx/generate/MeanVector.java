package dev.rwkvx.generate;

import dev.rwkvx.model.RwkvX.HiddenSink;

/** One direction out of the hidden states of many tokens: their mean, with length 1. */
public final class MeanVector implements HiddenSink {
  private final double[] sum;

  /**
   * A mean of nothing yet.
   *
   * @param size of a hidden state
   */
  public MeanVector(int size) {
    sum = new double[size];
  }

  @Override
  public void accept(int first, int count, float[] hidden) {
    for (int row = 0; row < count; row++) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += hidden[row * sum.length + i];
      }
    }
  }

  /** {@return the direction of what was accepted; zero if that is} */
  public float[] direction() {
    double squares = 0;
    for (double value : sum) {
      squares += value * value;
    }
    double scale = squares == 0 ? 0 : 1 / Math.sqrt(squares);
    float[] direction = new float[sum.length];
    for (int i = 0; i < direction.length; i++) {
      direction[i] = (float) (sum[i] * scale);
    }
    return direction;
  }
}
