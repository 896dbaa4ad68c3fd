package dev.rwkvx.training;

import java.util.Arrays;

/**
 * The key convolution of a sparse block (see {@link dev.rwkvx.model.KeyConvolution}): k_t = u_t +
 * SiLU(z_t), z_t = Σ_{j<W} c_j ⊙ u_{t−j}.
 */
final class KeyConvolution {
  /** Tokens of a part of the work. */
  private static final int PART = 64;

  private final Weight weights;
  private final SharedGradient gradient;
  private final int width;
  private final int c;

  /**
   * @param weights c_0 … c_{W−1}, that of the token itself first. [W,C]
   */
  KeyConvolution(Weight weights, int width) {
    this.weights = weights;
    this.width = width;
    gradient = new SharedGradient(weights);
    c = weights.values().length / width;
  }

  private interface PartJob {
    void run(int part, int sequence, int from, int to);
  }

  private void parts(Machine machine, Layout layout, PartJob job) {
    int perSequence = Math.ceilDiv(layout.length(), PART);
    machine.workers.run(
        layout.sequences() * perSequence,
        (part, _) -> {
          int from = part % perSequence * PART;
          job.run(part, part / perSequence, from, Math.min(from + PART, layout.length()));
        });
  }

  /** z_t = Σ c_j ⊙ u_{t−j}, which overwrites row {@code zRow} of z. */
  private void sum(
      Machine machine, Layout layout, int sequence, int t, float[] u, float[] z, int zAt) {
    Arrays.fill(z, zAt, zAt + c, 0f);
    for (int j = 0; j < width && j <= t; j++) {
      int at = layout.row(sequence, t - j) * c;
      machine.kernels.multiplyAdd(weights.values(), j * c, u, at, z, zAt, c);
    }
  }

  /**
   * @param u plain keys of the whole batch. (T,C)
   * @param k receives the keys. (T,C)
   * @param z scratch. (T,C)
   */
  void forward(Machine machine, Layout layout, float[] u, float[] k, float[] z) {
    parts(
        machine,
        layout,
        (_, sequence, from, to) -> {
          for (int t = from; t < to; t++) {
            int at = layout.row(sequence, t) * c;
            sum(machine, layout, sequence, t, u, z, at);
            System.arraycopy(u, at, k, at, c);
            machine.kernels.addSilu(z, at, k, at, c);
          }
        });
  }

  /**
   * @param u plain keys of the whole batch. (T,C)
   * @param dk the keys' gradient, replaced by that of the plain keys. (T,C)
   * @param dz scratch. (T,C)
   */
  void backward(Machine machine, Layout layout, float[] u, float[] dk, float[] dz) {
    int parts = layout.sequences() * Math.ceilDiv(layout.length(), PART);
    float[] dc = gradient.begin(parts);
    // k_t = u_t + SiLU(z_t): dz_t = dk_t ⊙ SiLU'(z_t); dc_j += dz_t ⊙ u_{t−j}
    parts(
        machine,
        layout,
        (part, sequence, from, to) -> {
          for (int t = from; t < to; t++) {
            int at = layout.row(sequence, t) * c;
            sum(machine, layout, sequence, t, u, dz, at);
            machine.gradients.silu(dz, at, dk, at, c);
            for (int j = 0; j < width && j <= t; j++) {
              int before = layout.row(sequence, t - j) * c;
              machine.kernels.multiplyAdd(dz, at, u, before, dc, (part * width + j) * c, c);
            }
          }
        });
    gradient.end(machine);
    // z_{t+j} holds c_j ⊙ u_t: du_t = dk_t + Σ c_j ⊙ dz_{t+j}
    parts(
        machine,
        layout,
        (_, sequence, from, to) -> {
          for (int t = from; t < to; t++) {
            int at = layout.row(sequence, t) * c;
            for (int j = 0; j < width && t + j < layout.length(); j++) {
              int after = layout.row(sequence, t + j) * c;
              machine.kernels.multiplyAdd(weights.values(), j * c, dz, after, dk, at, c);
            }
          }
        });
  }
}
