package dev.rwkvx.math;

import java.util.Arrays;

/** The reference: one loop, one element at a time. */
final class ScalarGradientKernels implements GradientKernels {
  private static final int PARTIALS = Kernels.PARTIALS;
  private static final int TILE_ROWS = Kernels.TILE_ROWS;

  @Override
  public void transpose(
      float[] x,
      int xOffset,
      int xStride,
      int rows,
      int columns,
      float[] y,
      int yOffset,
      int yStride) {
    transposed(x, xOffset, xStride, rows, columns, y, yOffset, yStride);
  }

  static void transposed(
      float[] x,
      int xOffset,
      int xStride,
      int rows,
      int columns,
      float[] y,
      int yOffset,
      int yStride) {
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        y[yOffset + column * yStride + row] = x[xOffset + row * xStride + column];
      }
    }
  }

  @Override
  public void interleave(
      float[] x,
      int xOffset,
      int xStride,
      int rows,
      int columns,
      float[] y,
      int yOffset,
      int yStride) {
    for (int row = 0; row < rows; row++) {
      interleaveRow(x, xOffset + row * xStride, columns, y, yOffset + row * TILE_ROWS, yStride);
    }
  }

  static void interleaveRow(float[] x, int from, int columns, float[] y, int to, int yStride) {
    int end = (columns + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
    for (int column = 0; column < end; column++) {
      y[to + column / TILE_ROWS * yStride + column % TILE_ROWS] =
          column < columns ? x[from + column] : 0f;
    }
  }

  @Override
  public float dot(float[] x, int xOffset, float[] y, int yOffset, int n) {
    return dot2(x, xOffset, y, yOffset, n);
  }

  /** Σ x·y. */
  static float dot2(float[] x, int xOffset, float[] y, int yOffset, int n) {
    float[] partials = new float[PARTIALS];
    for (int i = 0; i < n; i++) {
      int at = i % PARTIALS;
      partials[at] = Math.fma(x[xOffset + i], y[yOffset + i], partials[at]);
    }
    return ScalarKernels.sumPartials(partials);
  }

  @Override
  public float squares(float[] x, int offset, int n) {
    return dot(x, offset, x, offset, n);
  }

  @Override
  public void exp(float factor, float[] x, int xOffset, float[] y, int yOffset, int n) {
    for (int i = 0; i < n; i++) {
      y[yOffset + i] = Exp.exp(factor * x[xOffset + i]);
    }
  }

  @Override
  public void layerNorm(
      float[] x,
      int xOffset,
      int n,
      float[] weight,
      int weightOffset,
      float epsilon,
      float[] normal,
      float[] dy,
      int dyOffset,
      float[] dx,
      int dxOffset,
      float[] dweight,
      float[] dbias,
      int gradientOffset) {
    float[] partials = new float[PARTIALS];
    for (int i = 0; i < n; i++) {
      partials[i % PARTIALS] += x[xOffset + i];
    }
    float mean = ScalarKernels.sumPartials(partials) / n;
    Arrays.fill(partials, 0f);
    for (int i = 0; i < n; i++) {
      float d = x[xOffset + i] - mean;
      partials[i % PARTIALS] = Math.fma(d, d, partials[i % PARTIALS]);
    }
    float variance = ScalarKernels.sumPartials(partials) / n;
    float scale = (float) (1.0 / Math.sqrt((double) variance + epsilon));
    for (int i = 0; i < n; i++) {
      normal[i] = (x[xOffset + i] - mean) * scale;
    }
    float meanGradient = dot(dy, dyOffset, weight, weightOffset, n) / n;
    float[] along = new float[PARTIALS];
    for (int i = 0; i < n; i++) {
      float product = dy[dyOffset + i] * weight[weightOffset + i];
      along[i % PARTIALS] = Math.fma(product, normal[i], along[i % PARTIALS]);
    }
    float meanAlong = ScalarKernels.sumPartials(along) / n;
    for (int i = 0; i < n; i++) {
      float d = dy[dyOffset + i];
      float across = Math.fma(-normal[i], meanAlong, d * weight[weightOffset + i] - meanGradient);
      dx[dxOffset + i] = Math.fma(across, scale, dx[dxOffset + i]);
      dweight[gradientOffset + i] = Math.fma(d, normal[i], dweight[gradientOffset + i]);
      dbias[gradientOffset + i] += d;
    }
  }

  @Override
  public void lerp(
      float[] x,
      int xOffset,
      float[] other,
      int otherOffset,
      float[] amount,
      int amountOffset,
      float[] dy,
      int dyOffset,
      float[] dx,
      int dxOffset,
      float[] dother,
      int dotherOffset,
      float[] damount,
      int damountOffset,
      int n) {
    for (int i = 0; i < n; i++) {
      float d = dy[dyOffset + i];
      float share = d * amount[amountOffset + i];
      dother[dotherOffset + i] += share;
      dx[dxOffset + i] += d - share;
      damount[damountOffset + i] =
          Math.fma(d, other[otherOffset + i] - x[xOffset + i], damount[damountOffset + i]);
    }
  }

  @Override
  public void sigmoid(float[] y, float[] dy, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      dy[i] *= y[i] * (1f - y[i]);
    }
  }

  @Override
  public void silu(float[] x, int xOffset, float[] dy, int dyOffset, int n) {
    for (int i = 0; i < n; i++) {
      float s = Exp.sigmoid(x[xOffset + i]);
      float slope = s * Math.fma(x[xOffset + i], 1f - s, 1f);
      x[xOffset + i] = dy[dyOffset + i] * slope;
    }
  }

  @Override
  public void tanh(float[] y, float[] dy, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      dy[i] *= Math.fma(-y[i], y[i], 1f);
    }
  }

  @Override
  public void reluSquared(float[] y, float[] dy, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      dy[i] *= 2f * (float) Math.sqrt(y[i]);
    }
  }

  @Override
  public void decay(float[] rate, float[] w, float[] dw, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      dw[i] *= w[i] * (-Kernels.MAX_DECAY_RATE * rate[i]) * (1f - rate[i]);
    }
  }

  @Override
  public void keys(
      float[] k,
      float[] a,
      float[] kappa,
      int offset,
      float[] keyScale,
      float[] keyMix,
      int weightOffset,
      float[] dkappa,
      float[] db,
      float[] dk,
      float[] da,
      float[] dkeyScale,
      float[] dkeyMix,
      int gradientOffset,
      int n) {
    for (int i = 0; i < n; i++) {
      keysFirst(
          k,
          a,
          kappa,
          offset + i,
          keyScale,
          keyMix,
          weightOffset + i,
          dkappa,
          db,
          dk,
          da,
          dkeyMix,
          gradientOffset + i);
    }
    float squares = squares(db, offset, n);
    float inverse = ScalarKernels.inverseNorm(squares);
    float along = clamped(squares) ? 0f : dot(kappa, offset, dkappa, offset, n);
    for (int i = 0; i < n; i++) {
      keysSecond(
          k,
          a,
          kappa,
          offset + i,
          keyScale,
          keyMix,
          weightOffset + i,
          dkappa,
          dk,
          dkeyScale,
          gradientOffset + i,
          inverse,
          along);
    }
  }

  /** Whether the norm was too small to divide by. */
  static boolean clamped(float squares) {
    return Math.sqrt(squares) <= 1e-12;
  }

  /** b = κ·a and k' = k·(1 + (a − 1)·k_a), backwards; leaves k·k_k in the place of db. */
  static void keysFirst(
      float[] k,
      float[] a,
      float[] kappa,
      int at,
      float[] keyScale,
      float[] keyMix,
      int weight,
      float[] dkappa,
      float[] db,
      float[] dk,
      float[] da,
      float[] dkeyMix,
      int gradient) {
    float through = dk[at] * k[at];
    dkappa[at] = Math.fma(db[at], a[at], dkappa[at]);
    da[at] = Math.fma(through, keyMix[weight], db[at] * kappa[at]);
    dkeyMix[gradient] = Math.fma(through, a[at] - 1f, dkeyMix[gradient]);
    db[at] = k[at] * keyScale[weight];
  }

  /** κ = normalise(k·k_k), backwards, and the sum of both ways to k. */
  static void keysSecond(
      float[] k,
      float[] a,
      float[] kappa,
      int at,
      float[] keyScale,
      float[] keyMix,
      int weight,
      float[] dkappa,
      float[] dk,
      float[] dkeyScale,
      int gradient,
      float inverse,
      float along) {
    float d = Math.fma(-kappa[at], along, dkappa[at]) * inverse;
    dkeyScale[gradient] = Math.fma(d, k[at], dkeyScale[gradient]);
    float mix = Math.fma(a[at] - 1f, keyMix[weight], 1f);
    dk[at] = Math.fma(d, keyScale[weight], dk[at] * mix);
  }

  @Override
  public void bonus(
      float ds,
      float[] r,
      float[] k,
      int offset,
      float[] bonus,
      int weightOffset,
      float[] dr,
      float[] dk,
      float[] dbonus,
      int gradientOffset,
      int n) {
    for (int i = 0; i < n; i++) {
      int at = offset + i;
      float weighted = ds * bonus[weightOffset + i];
      dr[at] = Math.fma(weighted, k[at], dr[at]);
      dk[at] = Math.fma(weighted, r[at], dk[at]);
      dbonus[gradientOffset + i] = Math.fma(ds * r[at], k[at], dbonus[gradientOffset + i]);
    }
  }

  @Override
  public void expDifference(float[] x, int offset, int n, float subtrahend, float scale) {
    for (int i = offset; i < offset + n; i++) {
      x[i] = Exp.exp((x[i] - subtrahend) * scale);
    }
  }

  @Override
  public void softmax(float[] p, float[] dp, int offset, int n, float mean, float scale) {
    for (int i = offset; i < offset + n; i++) {
      dp[i] = (dp[i] - mean) * p[i] * scale;
    }
  }

  @Override
  public void wkv7States(
      float[] states,
      int n,
      int tokens,
      float[] w,
      float[] k,
      float[] v,
      float[] b,
      float[] removed,
      float[] dy,
      float[] dr,
      int offset,
      int stride) {
    for (int t = 0; t < tokens; t++) {
      for (int column = 0; column < n; column++) {
        int at = offset + t * stride;
        wkv7StateColumn(states, t * n * n, n, column, w, k, v, b, removed, dy, dr, at);
      }
    }
  }

  /** One column of the next state, and its dr. */
  static void wkv7StateColumn(
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
    int next = state + n * n;
    float sumR = 0f;
    for (int i = 0; i < n; i++) {
      int index = i * n + column;
      float kept =
          Math.fma(-removed[at + i], b[at + column], states[state + index] * w[at + column]);
      float s = Math.fma(v[at + i], k[at + column], kept);
      states[next + index] = s;
      sumR = Math.fma(dy[at + i], s, sumR);
    }
    dr[at + column] = sumR;
  }

  @Override
  public void wkv7(
      float[] states,
      int n,
      int tokens,
      float[] r,
      float[] w,
      float[] k,
      float[] v,
      float[] kappa,
      float[] b,
      float[] removed,
      float[] dy,
      float[] ds,
      int dsOffset,
      float[] dw,
      float[] dk,
      float[] dv,
      float[] dkappa,
      float[] db,
      int offset,
      int stride,
      float[] scratch) {
    int losses = PARTIALS * n;
    int lost = 2 * PARTIALS * n;
    for (int t = tokens - 1; t >= 0; t--) {
      int at = offset + t * stride;
      Arrays.fill(scratch, 0, 2 * PARTIALS * n, 0f);
      for (int column = 0; column < n; column++) {
        wkv7Output(n, column, r, k, v, b, removed, dy, ds, dsOffset, dk, db, at, scratch);
      }
      sumRows(scratch, 0, n, 1f, dv, at);
      sumRows(scratch, losses, n, -1f, scratch, lost);
      for (int column = 0; column < n; column++) {
        wkv7Input(
            states, t * n * n, n, column, w, kappa, ds, dsOffset, dw, dkappa, at, scratch, lost);
      }
    }
  }

  /**
   * One column of dS += dy rᵀ, dk and db. Adds to the partial sums of dv = dS k and of d(S κ) = −dS
   * b.
   */
  static void wkv7Output(
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
    float sumK = 0f;
    float sumB = 0f;
    for (int i = 0; i < n; i++) {
      int index = i * n + column;
      float d = Math.fma(dy[at + i], r[j], ds[dsOffset + index]);
      ds[dsOffset + index] = d;
      sumK = Math.fma(v[at + i], d, sumK);
      sumB = Math.fma(removed[at + i], d, sumB);
      int partial = i * PARTIALS + column % PARTIALS;
      partials[partial] = Math.fma(d, k[j], partials[partial]);
      partial += n * PARTIALS;
      partials[partial] = Math.fma(d, b[j], partials[partial]);
    }
    dk[j] = sumK;
    db[j] = -sumB;
  }

  /**
   * sums[i] = sign · the sum of the partial sums of row i, in the tree of {@link
   * ScalarKernels#sumPartials}. Written out, it takes a tenth longer than shuffled vectors at their
   * best, and no longer at their worst.
   */
  static void sumRows(float[] x, int from, int n, float sign, float[] sums, int sumsAt) {
    for (int i = 0; i < n; i++) {
      int at = from + i * PARTIALS;
      float s0 = (x[at] + x[at + 8]) + (x[at + 4] + x[at + 12]);
      float s1 = (x[at + 1] + x[at + 9]) + (x[at + 5] + x[at + 13]);
      float s2 = (x[at + 2] + x[at + 10]) + (x[at + 6] + x[at + 14]);
      float s3 = (x[at + 3] + x[at + 11]) + (x[at + 7] + x[at + 15]);
      sums[sumsAt + i] = sign * ((s0 + s2) + (s1 + s3));
    }
  }

  /**
   * One column of dw, dκ = S_{t−1}ᵀ d(S κ), and of dS ← dS diag(w) + d(S κ) κᵀ.
   *
   * @param lost holds d(S κ) from {@code lostAt} on
   */
  static void wkv7Input(
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
    float sumW = 0f;
    float sumKappa = 0f;
    for (int i = 0; i < n; i++) {
      int index = i * n + column;
      float d = ds[dsOffset + index];
      sumW = Math.fma(d, states[before + index], sumW);
      sumKappa = Math.fma(lost[lostAt + i], states[before + index], sumKappa);
      ds[dsOffset + index] = Math.fma(lost[lostAt + i], kappa[j], d * w[j]);
    }
    dw[j] = sumW;
    dkappa[j] = sumKappa;
  }

  @Override
  public void adamW(
      float[] p,
      float[] g,
      float[] m,
      float[] v,
      int from,
      int to,
      float gradientScale,
      float keep,
      float beta1,
      float beta2,
      float stepSize,
      float rootScale,
      float epsilon) {
    for (int i = from; i < to; i++) {
      adamW(p, g, m, v, i, gradientScale, keep, beta1, beta2, stepSize, rootScale, epsilon);
    }
  }

  static void adamW(
      float[] p,
      float[] g,
      float[] m,
      float[] v,
      int i,
      float gradientScale,
      float keep,
      float beta1,
      float beta2,
      float stepSize,
      float rootScale,
      float epsilon) {
    float d = g[i] * gradientScale;
    m[i] = Math.fma(m[i], beta1, d * (1f - beta1));
    v[i] = Math.fma(v[i], beta2, d * d * (1f - beta2));
    float root = Math.fma((float) Math.sqrt(v[i]), rootScale, epsilon);
    p[i] = Math.fma(-stepSize, m[i] / root, p[i] * keep);
  }
}
