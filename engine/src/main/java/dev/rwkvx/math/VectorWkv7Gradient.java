package dev.rwkvx.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Bands of columns of the RWKV-7 state and of its gradient, for one token; see {@link
 * GradientKernels#wkv7}. Lanes are columns, so that sums over rows need no horizontal additions.
 */
final class VectorWkv7Gradient {
  private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
  private static final int LANES = FLOATS.length();
  private static final int PARTIALS = Kernels.PARTIALS;

  private VectorWkv7Gradient() {}

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(FLOATS, x, at);
  }

  private static FloatVector all(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }

  /** S_t = S_{t−1} diag(w) − (S_{t−1} κ) bᵀ + v kᵀ. */
  static void nextState(
      float[] states,
      int state,
      int n,
      int column,
      float[] w,
      float[] k,
      float[] v,
      float[] b,
      float[] removed,
      int at) {
    FloatVector decay = load(w, at + column);
    FloatVector key = load(k, at + column);
    FloatVector rate = load(b, at + column);
    int from = state + column;
    int to = from + n * n;
    for (int i = 0; i < n; i++) {
      FloatVector kept = all(-removed[at + i]).fma(rate, load(states, from + i * n).mul(decay));
      all(v[at + i]).fma(key, kept).intoArray(states, to + i * n);
    }
  }

  /** See {@link ScalarGradientKernels#wkv7Output}. */
  static void output(
      float[] states,
      int before,
      int n,
      int column,
      float[] r,
      float[] k,
      float[] v,
      float[] b,
      float[] removed,
      float[] dy,
      float[] ds,
      int dsOffset,
      float[] dr,
      float[] dw,
      float[] dk,
      float[] db,
      int at,
      float[] partials) {
    int j = at + column;
    int after = before + n * n + column;
    before += column;
    dsOffset += column;
    int values = column % PARTIALS;
    int losses = values + n * PARTIALS;
    FloatVector query = load(r, j);
    FloatVector key = load(k, j);
    FloatVector rate = load(b, j);
    FloatVector sumR = FloatVector.zero(FLOATS);
    FloatVector sumW = FloatVector.zero(FLOATS);
    FloatVector sumK = FloatVector.zero(FLOATS);
    FloatVector sumB = FloatVector.zero(FLOATS);
    for (int i = 0; i < n; i++) {
      FloatVector out = all(dy[at + i]);
      FloatVector d = out.fma(query, load(ds, dsOffset + i * n));
      d.intoArray(ds, dsOffset + i * n);
      sumR = out.fma(load(states, after + i * n), sumR);
      sumW = d.fma(load(states, before + i * n), sumW);
      sumK = all(v[at + i]).fma(d, sumK);
      sumB = all(removed[at + i]).fma(d, sumB);
      int partial = values + i * PARTIALS;
      d.fma(key, load(partials, partial)).intoArray(partials, partial);
      partial = losses + i * PARTIALS;
      d.fma(rate, load(partials, partial)).intoArray(partials, partial);
    }
    sumR.intoArray(dr, j);
    sumW.intoArray(dw, j);
    sumK.intoArray(dk, j);
    sumB.neg().intoArray(db, j);
  }

  /** sums[i] = sign · the sum of the partial sums of row i, in the tree of reductions. */
  static void sumRows(float[] partials, int from, int n, float sign, float[] sums, int sumsAt) {
    for (int i = 0; i < n; i++) {
      sums[sumsAt + i] = sign * VectorKernels.sum(partials, from + i * PARTIALS, PARTIALS);
    }
  }

  /** See {@link ScalarGradientKernels#wkv7Input}. */
  static void input(
      float[] states,
      int before,
      int n,
      int column,
      float[] w,
      float[] kappa,
      float[] ds,
      int dsOffset,
      float[] dkappa,
      int at,
      float[] lost,
      int lostAt) {
    int j = at + column;
    before += column;
    dsOffset += column;
    FloatVector decay = load(w, j);
    FloatVector direction = load(kappa, j);
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int i = 0; i < n; i++) {
      FloatVector d = all(lost[lostAt + i]);
      sum = d.fma(load(states, before + i * n), sum);
      d.fma(direction, load(ds, dsOffset + i * n).mul(decay)).intoArray(ds, dsOffset + i * n);
    }
    sum.intoArray(dkappa, j);
  }
}
