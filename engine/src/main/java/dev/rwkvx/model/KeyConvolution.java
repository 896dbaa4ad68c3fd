package dev.rwkvx.model;

import dev.rwkvx.math.Kernels;
import java.util.Arrays;

/**
 * The short convolution over the keys of a sparse block, an extension of the paper's model (arXiv
 * 2511.11571): k_t ← k_t + SiLU(Σ_{j<W} c_j ⊙ k_{t−j}). A key then knows the tokens before its own,
 * which is what looking up by name needs. With c = 0 keys are the paper's.
 *
 * @param width taps; W
 * @param c the weights of the taps, that of the token itself first. [W,C]
 */
@SuppressWarnings("ArrayRecordComponent") // weights
public record KeyConvolution(int width, float[] c) {
  /**
   * {@return the name of the tensor [W,C]}
   *
   * @param block index among the sparse blocks
   */
  public static String name(int block) {
    return "moba." + block + ".att.key_conv";
  }

  /** {@return channels; C} */
  int channels() {
    return c.length / width;
  }

  /**
   * The keys of one head for a run of tokens.
   *
   * @param h the head's first channel
   * @param before the plain keys of the W − 1 tokens before the run, oldest first; becomes those of
   *     the next run. [W−1,C]
   * @param u plain keys; the head's N elements of row i at {@code at + i·C}
   * @param k receives the keys, in the same places
   * @param z scratch of N floats
   */
  void head(
      Kernels kernels, int h, float[] before, float[] u, float[] k, int at, int rows, float[] z) {
    int channels = channels();
    int n = z.length;
    for (int t = 0; t < rows; t++) {
      // z = Σ c_j ⊙ u_{t−j}
      Arrays.fill(z, 0f);
      for (int j = 0; j < width; j++) {
        boolean old = j > t;
        float[] source = old ? before : u;
        int from = old ? (width - 1 + t - j) * channels + h : at + (t - j) * channels;
        kernels.multiplyAdd(c, j * channels + h, source, from, z, 0, n);
      }
      // k = u + SiLU(z)
      System.arraycopy(u, at + t * channels, k, at + t * channels, n);
      kernels.addSilu(z, 0, k, at + t * channels, n);
    }
    for (int i = 0; i < width - 1; i++) {
      int t = rows - (width - 1) + i;
      float[] source = t < 0 ? before : u;
      int from = t < 0 ? (i + rows) * channels + h : at + t * channels;
      System.arraycopy(source, from, before, i * channels + h, n);
    }
  }
}
