package dev.rwkvx.training;

import dev.rwkvx.math.DenseProduct;
import java.util.Arrays;

/**
 * A frozen matrix with a low-rank addition (LoRA, arXiv 2106.09685):
 *
 * <pre>
 *   W_eff = W + s·B A        W, W_eff [out,in], B [out,rank], A [rank,in], s = alpha / rank
 * </pre>
 *
 * <p>The model computes with W_eff as with any other matrix.
 *
 * @param base W
 * @param down A
 * @param up B
 * @param effective W_eff and, if A or B is trained, the sum of its gradients, which {@link
 *     #project} takes up
 */
record Adapter(
    Weight base,
    Weight down,
    Weight up,
    int outputs,
    int inputs,
    int rank,
    float scale,
    Weight effective) {
  /** Rows of a part of row-wise work. */
  private static final int PART_ROWS = 96;

  /** Rows {@code from … to − 1} of W_eff = W + s·B A. */
  static void merge(
      DenseProduct product,
      float[] base,
      float[] down,
      float[] up,
      int inputs,
      int rank,
      float scale,
      int from,
      int to,
      float[] effective) {
    float[] scaled = Arrays.copyOfRange(up, from * rank, to * rank);
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= scale;
    }
    int at = from * inputs;
    System.arraycopy(base, at, effective, at, (to - from) * inputs);
    product.nn(
        to - from, inputs, rank, scaled, 0, rank, down, 0, inputs, effective, at, inputs, true);
  }

  /** Brings W_eff up to date with A and B. */
  void rebuild(Machine machine) {
    parts(
        machine,
        (from, to, worker) ->
            merge(
                machine.products.of(worker),
                base.values(),
                down.values(),
                up.values(),
                inputs,
                rank,
                scale,
                from,
                to,
                effective.values()));
  }

  /** dB += s·dW_eff Aᵀ, dA += s·Bᵀ dW_eff; leaves zeros in dW_eff. */
  void project(Machine machine) {
    float[] dw = effective.gradient();
    if (dw == null) {
      return;
    }
    parts(
        machine,
        (from, to, _) -> machine.kernels.scale(dw, from * inputs, scale, (to - from) * inputs));
    float[] dup = up.gradient();
    if (dup != null) {
      machine.products.nt(
          outputs, rank, inputs, dw, 0, inputs, down.values(), 0, inputs, dup, 0, rank, true);
    }
    float[] ddown = down.gradient();
    if (ddown != null) {
      machine.products.tn(
          rank, inputs, outputs, up.values(), 0, rank, dw, 0, inputs, ddown, 0, inputs);
    }
    parts(machine, (from, to, _) -> Arrays.fill(dw, from * inputs, to * inputs, 0f));
  }

  private interface Rows {
    void run(int from, int to, int worker);
  }

  private void parts(Machine machine, Rows job) {
    machine.workers.run(
        (outputs + PART_ROWS - 1) / PART_ROWS,
        (part, worker) ->
            job.run(part * PART_ROWS, Math.min((part + 1) * PART_ROWS, outputs), worker));
  }
}
