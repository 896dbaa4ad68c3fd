package dev.rwkvx.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Bands of rows of the RWKV-7 state, for one token; see {@link Kernels#wkv7}. */
final class VectorWkv7 {
  private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
  private static final int LANES = FLOATS.length();

  private VectorWkv7() {}

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(FLOATS, x, at);
  }

  static void wkv7Rows1(
      float[] s,
      int sAt,
      int n,
      float[] r,
      float[] w,
      float[] k,
      float[] v,
      float[] kappa,
      float[] b,
      float[] lost,
      float[] y,
      int at,
      int row) {
    FloatVector removed = FloatVector.zero(FLOATS);
    for (int j = 0; j < n; j++) {
      removed = load(s, sAt + j * n).fma(FloatVector.broadcast(FLOATS, kappa[at + j]), removed);
    }
    removed.intoArray(lost, at + row);
    removed = removed.neg();
    FloatVector value = load(v, at + row);
    FloatVector out = FloatVector.zero(FLOATS);
    for (int j = 0; j < n; j++) {
      FloatVector kept =
          removed.fma(
              FloatVector.broadcast(FLOATS, b[at + j]), load(s, sAt + j * n).mul(w[at + j]));
      FloatVector column = value.fma(FloatVector.broadcast(FLOATS, k[at + j]), kept);
      column.intoArray(s, sAt + j * n);
      out = column.fma(FloatVector.broadcast(FLOATS, r[at + j]), out);
    }
    out.intoArray(y, at + row);
  }

  static void wkv7Rows4(
      float[] s,
      int sAt,
      int n,
      float[] r,
      float[] w,
      float[] k,
      float[] v,
      float[] kappa,
      float[] b,
      float[] lost,
      float[] y,
      int at,
      int row) {
    FloatVector removed0 = FloatVector.zero(FLOATS);
    FloatVector removed1 = removed0, removed2 = removed0, removed3 = removed0;
    for (int j = 0; j < n; j++) {
      int column = sAt + j * n;
      FloatVector key = FloatVector.broadcast(FLOATS, kappa[at + j]);
      removed0 = load(s, column).fma(key, removed0);
      removed1 = load(s, column + LANES).fma(key, removed1);
      removed2 = load(s, column + 2 * LANES).fma(key, removed2);
      removed3 = load(s, column + 3 * LANES).fma(key, removed3);
    }
    removed0.intoArray(lost, at + row);
    removed1.intoArray(lost, at + row + LANES);
    removed2.intoArray(lost, at + row + 2 * LANES);
    removed3.intoArray(lost, at + row + 3 * LANES);
    removed0 = removed0.neg();
    removed1 = removed1.neg();
    removed2 = removed2.neg();
    removed3 = removed3.neg();
    FloatVector value0 = load(v, at + row);
    FloatVector value1 = load(v, at + row + LANES);
    FloatVector value2 = load(v, at + row + 2 * LANES);
    FloatVector value3 = load(v, at + row + 3 * LANES);
    FloatVector out0 = FloatVector.zero(FLOATS);
    FloatVector out1 = out0, out2 = out0, out3 = out0;
    for (int j = 0; j < n; j++) {
      int column = sAt + j * n;
      FloatVector decay = FloatVector.broadcast(FLOATS, w[at + j]);
      FloatVector rate = FloatVector.broadcast(FLOATS, b[at + j]);
      FloatVector key = FloatVector.broadcast(FLOATS, k[at + j]);
      FloatVector query = FloatVector.broadcast(FLOATS, r[at + j]);
      FloatVector s0 = value0.fma(key, removed0.fma(rate, load(s, column).mul(decay)));
      FloatVector s1 = value1.fma(key, removed1.fma(rate, load(s, column + LANES).mul(decay)));
      FloatVector s2 = value2.fma(key, removed2.fma(rate, load(s, column + 2 * LANES).mul(decay)));
      FloatVector s3 = value3.fma(key, removed3.fma(rate, load(s, column + 3 * LANES).mul(decay)));
      s0.intoArray(s, column);
      s1.intoArray(s, column + LANES);
      s2.intoArray(s, column + 2 * LANES);
      s3.intoArray(s, column + 3 * LANES);
      out0 = s0.fma(query, out0);
      out1 = s1.fma(query, out1);
      out2 = s2.fma(query, out2);
      out3 = s3.fma(query, out3);
    }
    out0.intoArray(y, at + row);
    out1.intoArray(y, at + row + LANES);
    out2.intoArray(y, at + row + 2 * LANES);
    out3.intoArray(y, at + row + 3 * LANES);
  }
}
