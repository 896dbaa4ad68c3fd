package dev.rwkvx.model;

import dev.rwkvx.math.Kernels;

/** Layer normalisation with weight and bias. [C] */
record LayerNorm(float[] weight, float[] bias) {
  static final float EPSILON = 1e-5f;

  /** Normalises nothing. */
  static final LayerNorm NONE = new LayerNorm(new float[0], new float[0]);

  void apply(Kernels kernels, float[] x, int xAt, float[] y, int yAt) {
    kernels.layerNorm(x, xAt, weight.length, weight, bias, 0, EPSILON, y, yAt);
  }
}
