package dev.rwkvx.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Bands of columns of the RWKV-7 state and of its gradient, for one token; see {@link
 * GradientKernels#wkv7}. Lanes are columns, so that sums over rows need no horizontal additions.
 * Bands are four vectors wide, where the columns suffice, so that memory is read in order.
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

  // --- S_t = S_{t−1} diag(w) − (S_{t−1} κ) bᵀ + v kᵀ, dr = S_tᵀ dy -----------------------------

  static void nextState1(
      float[] states,
      int state,
      int n,
      int column,
      float[] w,
      float[] k,
      float[] v,
      float[] b,
      float[] removed,
      float[] dy,
      float[] dr,
      int at) {
    FloatVector decay = load(w, at + column);
    FloatVector key = load(k, at + column);
    FloatVector rate = load(b, at + column);
    FloatVector sumR = FloatVector.zero(FLOATS);
    int from = state + column;
    int to = from + n * n;
    for (int i = 0; i < n; i++) {
      FloatVector kept = all(-removed[at + i]).fma(rate, load(states, from + i * n).mul(decay));
      FloatVector s = all(v[at + i]).fma(key, kept);
      s.intoArray(states, to + i * n);
      sumR = all(dy[at + i]).fma(s, sumR);
    }
    sumR.intoArray(dr, at + column);
  }

  static void nextState4(
      float[] states,
      int state,
      int n,
      int column,
      float[] w,
      float[] k,
      float[] v,
      float[] b,
      float[] removed,
      float[] dy,
      float[] dr,
      int at) {
    int j = at + column;
    FloatVector decay0 = load(w, j);
    FloatVector decay1 = load(w, j + LANES);
    FloatVector decay2 = load(w, j + 2 * LANES);
    FloatVector decay3 = load(w, j + 3 * LANES);
    FloatVector key0 = load(k, j);
    FloatVector key1 = load(k, j + LANES);
    FloatVector key2 = load(k, j + 2 * LANES);
    FloatVector key3 = load(k, j + 3 * LANES);
    FloatVector rate0 = load(b, j);
    FloatVector rate1 = load(b, j + LANES);
    FloatVector rate2 = load(b, j + 2 * LANES);
    FloatVector rate3 = load(b, j + 3 * LANES);
    FloatVector r0 = FloatVector.zero(FLOATS);
    FloatVector r1 = r0, r2 = r0, r3 = r0;
    int from = state + column;
    int to = from + n * n;
    for (int i = 0; i < n; i++) {
      FloatVector loss = all(-removed[at + i]);
      FloatVector value = all(v[at + i]);
      FloatVector out = all(dy[at + i]);
      FloatVector s = load(states, from).mul(decay0);
      s = value.fma(key0, loss.fma(rate0, s));
      s.intoArray(states, to);
      r0 = out.fma(s, r0);
      s = load(states, from + LANES).mul(decay1);
      s = value.fma(key1, loss.fma(rate1, s));
      s.intoArray(states, to + LANES);
      r1 = out.fma(s, r1);
      s = load(states, from + 2 * LANES).mul(decay2);
      s = value.fma(key2, loss.fma(rate2, s));
      s.intoArray(states, to + 2 * LANES);
      r2 = out.fma(s, r2);
      s = load(states, from + 3 * LANES).mul(decay3);
      s = value.fma(key3, loss.fma(rate3, s));
      s.intoArray(states, to + 3 * LANES);
      r3 = out.fma(s, r3);
      from += n;
      to += n;
    }
    r0.intoArray(dr, j);
    r1.intoArray(dr, j + LANES);
    r2.intoArray(dr, j + 2 * LANES);
    r3.intoArray(dr, j + 3 * LANES);
  }

  // --- dS += dy rᵀ and what needs no state: dk, db, partial sums of dv and d(S κ) --------------

  /** See {@link ScalarGradientKernels#wkv7Output}. */
  static void output1(
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
      float[] dk,
      float[] db,
      int at,
      float[] partials) {
    int j = at + column;
    dsOffset += column;
    int values = column % PARTIALS;
    int losses = values + n * PARTIALS;
    FloatVector query = load(r, j);
    FloatVector key = load(k, j);
    FloatVector rate = load(b, j);
    FloatVector sumK = FloatVector.zero(FLOATS);
    FloatVector sumB = FloatVector.zero(FLOATS);
    for (int i = 0; i < n; i++) {
      FloatVector d = all(dy[at + i]).fma(query, load(ds, dsOffset + i * n));
      d.intoArray(ds, dsOffset + i * n);
      sumK = all(v[at + i]).fma(d, sumK);
      sumB = all(removed[at + i]).fma(d, sumB);
      int partial = values + i * PARTIALS;
      d.fma(key, load(partials, partial)).intoArray(partials, partial);
      partial = losses + i * PARTIALS;
      d.fma(rate, load(partials, partial)).intoArray(partials, partial);
    }
    sumK.intoArray(dk, j);
    sumB.neg().intoArray(db, j);
  }

  /** Four vectors of sixteen lanes, which add to the same partial sums one after the other. */
  static void output4(
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
      float[] dk,
      float[] db,
      int at,
      float[] partials) {
    int j = at + column;
    int row = dsOffset + column;
    int values = 0;
    int losses = n * PARTIALS;
    FloatVector query0 = load(r, j);
    FloatVector query1 = load(r, j + LANES);
    FloatVector query2 = load(r, j + 2 * LANES);
    FloatVector query3 = load(r, j + 3 * LANES);
    FloatVector key0 = load(k, j);
    FloatVector key1 = load(k, j + LANES);
    FloatVector key2 = load(k, j + 2 * LANES);
    FloatVector key3 = load(k, j + 3 * LANES);
    FloatVector rate0 = load(b, j);
    FloatVector rate1 = load(b, j + LANES);
    FloatVector rate2 = load(b, j + 2 * LANES);
    FloatVector rate3 = load(b, j + 3 * LANES);
    FloatVector k0 = FloatVector.zero(FLOATS);
    FloatVector k1 = k0, k2 = k0, k3 = k0;
    FloatVector b0 = k0, b1 = k0, b2 = k0, b3 = k0;
    for (int i = 0; i < n; i++) {
      FloatVector out = all(dy[at + i]);
      FloatVector d0 = out.fma(query0, load(ds, row));
      FloatVector d1 = out.fma(query1, load(ds, row + LANES));
      FloatVector d2 = out.fma(query2, load(ds, row + 2 * LANES));
      FloatVector d3 = out.fma(query3, load(ds, row + 3 * LANES));
      d0.intoArray(ds, row);
      d1.intoArray(ds, row + LANES);
      d2.intoArray(ds, row + 2 * LANES);
      d3.intoArray(ds, row + 3 * LANES);
      FloatVector value = all(v[at + i]);
      k0 = value.fma(d0, k0);
      k1 = value.fma(d1, k1);
      k2 = value.fma(d2, k2);
      k3 = value.fma(d3, k3);
      FloatVector loss = all(removed[at + i]);
      b0 = loss.fma(d0, b0);
      b1 = loss.fma(d1, b1);
      b2 = loss.fma(d2, b2);
      b3 = loss.fma(d3, b3);
      FloatVector sum = d0.fma(key0, load(partials, values));
      d3.fma(key3, d2.fma(key2, d1.fma(key1, sum))).intoArray(partials, values);
      sum = d0.fma(rate0, load(partials, losses));
      d3.fma(rate3, d2.fma(rate2, d1.fma(rate1, sum))).intoArray(partials, losses);
      row += n;
      values += PARTIALS;
      losses += PARTIALS;
    }
    k0.intoArray(dk, j);
    k1.intoArray(dk, j + LANES);
    k2.intoArray(dk, j + 2 * LANES);
    k3.intoArray(dk, j + 3 * LANES);
    b0.neg().intoArray(db, j);
    b1.neg().intoArray(db, j + LANES);
    b2.neg().intoArray(db, j + 2 * LANES);
    b3.neg().intoArray(db, j + 3 * LANES);
  }

  // --- dw, dκ, and dS ← dS diag(w) + d(S κ) κᵀ ---------------------------------------------

  /** See {@link ScalarGradientKernels#wkv7Input}. */
  static void input1(
      float[] states,
      int before,
      int n,
      int column,
      float[] w,
      float[] kappa,
      float[] ds,
      int dsOffset,
      float[] dw,
      float[] dkappa,
      int at,
      float[] lost,
      int lostAt) {
    int j = at + column;
    before += column;
    dsOffset += column;
    FloatVector decay = load(w, j);
    FloatVector direction = load(kappa, j);
    FloatVector sumW = FloatVector.zero(FLOATS);
    FloatVector sumKappa = FloatVector.zero(FLOATS);
    for (int i = 0; i < n; i++) {
      FloatVector s = load(states, before + i * n);
      FloatVector d = load(ds, dsOffset + i * n);
      FloatVector loss = all(lost[lostAt + i]);
      sumW = d.fma(s, sumW);
      sumKappa = loss.fma(s, sumKappa);
      loss.fma(direction, d.mul(decay)).intoArray(ds, dsOffset + i * n);
    }
    sumW.intoArray(dw, j);
    sumKappa.intoArray(dkappa, j);
  }

  static void input4(
      float[] states,
      int before,
      int n,
      int column,
      float[] w,
      float[] kappa,
      float[] ds,
      int dsOffset,
      float[] dw,
      float[] dkappa,
      int at,
      float[] lost,
      int lostAt) {
    int j = at + column;
    int from = before + column;
    int row = dsOffset + column;
    FloatVector decay0 = load(w, j);
    FloatVector decay1 = load(w, j + LANES);
    FloatVector decay2 = load(w, j + 2 * LANES);
    FloatVector decay3 = load(w, j + 3 * LANES);
    FloatVector kappa0 = load(kappa, j);
    FloatVector kappa1 = load(kappa, j + LANES);
    FloatVector kappa2 = load(kappa, j + 2 * LANES);
    FloatVector kappa3 = load(kappa, j + 3 * LANES);
    FloatVector w0 = FloatVector.zero(FLOATS);
    FloatVector w1 = w0, w2 = w0, w3 = w0;
    FloatVector k0 = w0, k1 = w0, k2 = w0, k3 = w0;
    for (int i = 0; i < n; i++) {
      FloatVector loss = all(lost[lostAt + i]);
      FloatVector s = load(states, from);
      FloatVector d = load(ds, row);
      w0 = d.fma(s, w0);
      k0 = loss.fma(s, k0);
      loss.fma(kappa0, d.mul(decay0)).intoArray(ds, row);
      s = load(states, from + LANES);
      d = load(ds, row + LANES);
      w1 = d.fma(s, w1);
      k1 = loss.fma(s, k1);
      loss.fma(kappa1, d.mul(decay1)).intoArray(ds, row + LANES);
      s = load(states, from + 2 * LANES);
      d = load(ds, row + 2 * LANES);
      w2 = d.fma(s, w2);
      k2 = loss.fma(s, k2);
      loss.fma(kappa2, d.mul(decay2)).intoArray(ds, row + 2 * LANES);
      s = load(states, from + 3 * LANES);
      d = load(ds, row + 3 * LANES);
      w3 = d.fma(s, w3);
      k3 = loss.fma(s, k3);
      loss.fma(kappa3, d.mul(decay3)).intoArray(ds, row + 3 * LANES);
      from += n;
      row += n;
    }
    w0.intoArray(dw, j);
    w1.intoArray(dw, j + LANES);
    w2.intoArray(dw, j + 2 * LANES);
    w3.intoArray(dw, j + 3 * LANES);
    k0.intoArray(dkappa, j);
    k1.intoArray(dkappa, j + LANES);
    k2.intoArray(dkappa, j + 2 * LANES);
    k3.intoArray(dkappa, j + 3 * LANES);
  }
}
