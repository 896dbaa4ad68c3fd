package dev.rwkvx.math;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The twin of {@link ScalarGradientKernels} on the Vector API. Vectors are loaded without a helper:
 * where a loop is merged into a caller that is large already, helpers stay calls and box them.
 */
final class VectorGradientKernels implements GradientKernels {
  private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
  private static final int LANES = FLOATS.length();
  private static final int PARTIALS = Kernels.PARTIALS;

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
    VectorTranspose.run(x, xOffset, xStride, rows, columns, y, yOffset, yStride);
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
    VectorStrips.interleave(x, xOffset, xStride, rows, columns, y, yOffset, yStride);
  }

  @Override
  public float dot(float[] x, int xOffset, float[] y, int yOffset, int n) {
    if (n % PARTIALS != 0) {
      return ScalarGradientKernels.dot2(x, xOffset, y, yOffset, n);
    }
    FloatVector p0 = FloatVector.zero(FLOATS);
    FloatVector p1 = p0, p2 = p0, p3 = p0;
    for (int i = 0; i < n; i += PARTIALS) {
      p0 =
          FloatVector.fromArray(FLOATS, x, xOffset + i)
              .fma(FloatVector.fromArray(FLOATS, y, yOffset + i), p0);
      if (LANES < 16) {
        p1 =
            FloatVector.fromArray(FLOATS, x, xOffset + i + LANES)
                .fma(FloatVector.fromArray(FLOATS, y, yOffset + i + LANES), p1);
      }
      if (LANES < 8) {
        p2 =
            FloatVector.fromArray(FLOATS, x, xOffset + i + 2 * LANES)
                .fma(FloatVector.fromArray(FLOATS, y, yOffset + i + 2 * LANES), p2);
        p3 =
            FloatVector.fromArray(FLOATS, x, xOffset + i + 3 * LANES)
                .fma(FloatVector.fromArray(FLOATS, y, yOffset + i + 3 * LANES), p3);
      }
    }
    return VectorKernels.sum(p0, p1, p2, p3);
  }

  @Override
  public float squares(float[] x, int offset, int n) {
    return dot(x, offset, x, offset, n);
  }

  @Override
  public void exp(float factor, float[] x, int xOffset, float[] y, int yOffset, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      VectorKernels.exp(FloatVector.fromArray(FLOATS, x, xOffset + i).mul(factor))
          .intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
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
    float mean = VectorKernels.sum(x, xOffset, n) / n;
    float variance = VectorKernels.squares(x, xOffset, n, mean) / n;
    float scale = (float) (1.0 / Math.sqrt((double) variance + epsilon));
    normalise(x, xOffset, n, mean, scale, normal);
    float meanGradient = dot(dy, dyOffset, weight, weightOffset, n) / n;
    float meanAlong = VectorKernels.dot3(dy, dyOffset, weight, weightOffset, normal, 0, n) / n;
    norm(
        n,
        weight,
        weightOffset,
        normal,
        scale,
        meanGradient,
        meanAlong,
        dy,
        dyOffset,
        dx,
        dxOffset,
        dweight,
        dbias,
        gradientOffset);
  }

  /** x̂ = (x − mean) · scale. */
  private static void normalise(
      float[] x, int xOffset, int n, float mean, float scale, float[] normal) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(FLOATS, x, xOffset + i).sub(mean).mul(scale).intoArray(normal, i);
    }
    for (; i < n; i++) {
      normal[i] = (x[xOffset + i] - mean) * scale;
    }
  }

  /** The gradients of {@link #layerNorm}, given x̂ and the means. */
  private static void norm(
      int n,
      float[] weight,
      int weightOffset,
      float[] normal,
      float scale,
      float meanGradient,
      float meanAlong,
      float[] dy,
      int dyOffset,
      float[] dx,
      int dxOffset,
      float[] dweight,
      float[] dbias,
      int gradientOffset) {
    FloatVector along = FloatVector.broadcast(FLOATS, meanAlong);
    FloatVector scales = FloatVector.broadcast(FLOATS, scale);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      int to = gradientOffset + i;
      FloatVector d = FloatVector.fromArray(FLOATS, dy, dyOffset + i);
      FloatVector hat = FloatVector.fromArray(FLOATS, normal, i);
      FloatVector weights = FloatVector.fromArray(FLOATS, weight, weightOffset + i);
      FloatVector across = hat.neg().fma(along, d.mul(weights).sub(meanGradient));
      FloatVector sum = FloatVector.fromArray(FLOATS, dx, dxOffset + i);
      across.fma(scales, sum).intoArray(dx, dxOffset + i);
      d.fma(hat, FloatVector.fromArray(FLOATS, dweight, to)).intoArray(dweight, to);
      FloatVector.fromArray(FLOATS, dbias, to).add(d).intoArray(dbias, to);
    }
    for (; i < n; i++) {
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
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector d = FloatVector.fromArray(FLOATS, dy, dyOffset + i);
      FloatVector share = d.mul(FloatVector.fromArray(FLOATS, amount, amountOffset + i));
      FloatVector.fromArray(FLOATS, dother, dotherOffset + i)
          .add(share)
          .intoArray(dother, dotherOffset + i);
      FloatVector.fromArray(FLOATS, dx, dxOffset + i).add(d.sub(share)).intoArray(dx, dxOffset + i);
      d.fma(
              FloatVector.fromArray(FLOATS, other, otherOffset + i)
                  .sub(FloatVector.fromArray(FLOATS, x, xOffset + i)),
              FloatVector.fromArray(FLOATS, damount, damountOffset + i))
          .intoArray(damount, damountOffset + i);
    }
    for (; i < n; i++) {
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
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      FloatVector s = FloatVector.fromArray(FLOATS, y, i);
      FloatVector.fromArray(FLOATS, dy, i)
          .mul(s.mul(FloatVector.broadcast(FLOATS, 1f).sub(s)))
          .intoArray(dy, i);
    }
    for (; i < offset + n; i++) {
      dy[i] *= y[i] * (1f - y[i]);
    }
  }

  @Override
  public void silu(float[] x, int xOffset, float[] dy, int dyOffset, int n) {
    FloatVector one = FloatVector.broadcast(FLOATS, 1f);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector z = FloatVector.fromArray(FLOATS, x, xOffset + i);
      FloatVector s = VectorKernels.sigmoid(z);
      FloatVector slope = s.mul(z.fma(one.sub(s), one));
      FloatVector.fromArray(FLOATS, dy, dyOffset + i).mul(slope).intoArray(x, xOffset + i);
    }
    for (; i < n; i++) {
      float s = Exp.sigmoid(x[xOffset + i]);
      float slope = s * Math.fma(x[xOffset + i], 1f - s, 1f);
      x[xOffset + i] = dy[dyOffset + i] * slope;
    }
  }

  @Override
  public void tanh(float[] y, float[] dy, int offset, int n) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      FloatVector t = FloatVector.fromArray(FLOATS, y, i);
      FloatVector.fromArray(FLOATS, dy, i)
          .mul(t.neg().fma(t, FloatVector.broadcast(FLOATS, 1f)))
          .intoArray(dy, i);
    }
    for (; i < offset + n; i++) {
      dy[i] *= Math.fma(-y[i], y[i], 1f);
    }
  }

  @Override
  public void reluSquared(float[] y, float[] dy, int offset, int n) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      FloatVector root = FloatVector.fromArray(FLOATS, y, i).lanewise(VectorOperators.SQRT);
      FloatVector.fromArray(FLOATS, dy, i).mul(root.mul(2f)).intoArray(dy, i);
    }
    for (; i < offset + n; i++) {
      dy[i] *= 2f * (float) Math.sqrt(y[i]);
    }
  }

  @Override
  public void decay(float[] rate, float[] w, float[] dw, int offset, int n) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      FloatVector s = FloatVector.fromArray(FLOATS, rate, i);
      FloatVector slope =
          FloatVector.fromArray(FLOATS, w, i)
              .mul(s.mul(-Kernels.MAX_DECAY_RATE))
              .mul(FloatVector.broadcast(FLOATS, 1f).sub(s));
      FloatVector.fromArray(FLOATS, dw, i).mul(slope).intoArray(dw, i);
    }
    for (; i < offset + n; i++) {
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
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      int at = offset + i;
      FloatVector key = FloatVector.fromArray(FLOATS, k, at);
      FloatVector rate = FloatVector.fromArray(FLOATS, a, at);
      FloatVector through = FloatVector.fromArray(FLOATS, dk, at).mul(key);
      FloatVector dRemoval = FloatVector.fromArray(FLOATS, db, at);
      dRemoval.fma(rate, FloatVector.fromArray(FLOATS, dkappa, at)).intoArray(dkappa, at);
      through
          .fma(
              FloatVector.fromArray(FLOATS, keyMix, weightOffset + i),
              dRemoval.mul(FloatVector.fromArray(FLOATS, kappa, at)))
          .intoArray(da, at);
      through
          .fma(rate.sub(1f), FloatVector.fromArray(FLOATS, dkeyMix, gradientOffset + i))
          .intoArray(dkeyMix, gradientOffset + i);
      key.mul(FloatVector.fromArray(FLOATS, keyScale, weightOffset + i)).intoArray(db, at);
    }
    for (; i < n; i++) {
      ScalarGradientKernels.keysFirst(
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
    float along =
        ScalarGradientKernels.clamped(squares) ? 0f : dot(kappa, offset, dkappa, offset, n);
    FloatVector alongs = FloatVector.broadcast(FLOATS, along);
    FloatVector one = FloatVector.broadcast(FLOATS, 1f);
    for (i = 0; i <= n - LANES; i += LANES) {
      int at = offset + i;
      FloatVector d =
          FloatVector.fromArray(FLOATS, kappa, at)
              .neg()
              .fma(alongs, FloatVector.fromArray(FLOATS, dkappa, at))
              .mul(inverse);
      d.fma(
              FloatVector.fromArray(FLOATS, k, at),
              FloatVector.fromArray(FLOATS, dkeyScale, gradientOffset + i))
          .intoArray(dkeyScale, gradientOffset + i);
      FloatVector mix =
          FloatVector.fromArray(FLOATS, a, at)
              .sub(one)
              .fma(FloatVector.fromArray(FLOATS, keyMix, weightOffset + i), one);
      d.fma(
              FloatVector.fromArray(FLOATS, keyScale, weightOffset + i),
              FloatVector.fromArray(FLOATS, dk, at).mul(mix))
          .intoArray(dk, at);
    }
    for (; i < n; i++) {
      ScalarGradientKernels.keysSecond(
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
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      int at = offset + i;
      FloatVector weighted = FloatVector.fromArray(FLOATS, bonus, weightOffset + i).mul(ds);
      FloatVector key = FloatVector.fromArray(FLOATS, k, at);
      FloatVector query = FloatVector.fromArray(FLOATS, r, at);
      weighted.fma(key, FloatVector.fromArray(FLOATS, dr, at)).intoArray(dr, at);
      weighted.fma(query, FloatVector.fromArray(FLOATS, dk, at)).intoArray(dk, at);
      query
          .mul(ds)
          .fma(key, FloatVector.fromArray(FLOATS, dbonus, gradientOffset + i))
          .intoArray(dbonus, gradientOffset + i);
    }
    for (; i < n; i++) {
      int at = offset + i;
      float weighted = ds * bonus[weightOffset + i];
      dr[at] = Math.fma(weighted, k[at], dr[at]);
      dk[at] = Math.fma(weighted, r[at], dk[at]);
      dbonus[gradientOffset + i] = Math.fma(ds * r[at], k[at], dbonus[gradientOffset + i]);
    }
  }

  @Override
  public void expDifference(float[] x, int offset, int n, float subtrahend, float scale) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      VectorKernels.exp(FloatVector.fromArray(FLOATS, x, i).sub(subtrahend).mul(scale))
          .intoArray(x, i);
    }
    for (; i < offset + n; i++) {
      x[i] = Exp.exp((x[i] - subtrahend) * scale);
    }
  }

  @Override
  public void softmax(float[] p, float[] dp, int offset, int n, float mean, float scale) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      FloatVector.fromArray(FLOATS, dp, i)
          .sub(mean)
          .mul(FloatVector.fromArray(FLOATS, p, i))
          .mul(scale)
          .intoArray(dp, i);
    }
    for (; i < offset + n; i++) {
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
      int state = t * n * n;
      int at = offset + t * stride;
      int column = 0;
      for (; column <= n - 4 * LANES; column += 4 * LANES) {
        VectorWkv7Gradient.nextState4(states, state, n, column, w, k, v, b, removed, dy, dr, at);
      }
      for (; column <= n - LANES; column += LANES) {
        VectorWkv7Gradient.nextState1(states, state, n, column, w, k, v, b, removed, dy, dr, at);
      }
      for (; column < n; column++) {
        ScalarGradientKernels.wkv7StateColumn(
            states, state, n, column, w, k, v, b, removed, dy, dr, at);
      }
    }
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
      int state = t * n * n;
      Arrays.fill(scratch, 0, 2 * PARTIALS * n, 0f);
      int column = 0;
      // Four vectors share a partial sum only where a vector holds all sixteen.
      for (; LANES == PARTIALS && column <= n - 4 * LANES; column += 4 * LANES) {
        VectorWkv7Gradient.output4(
            n, column, r, k, v, b, removed, dy, ds, dsOffset, dk, db, at, scratch);
      }
      for (; column <= n - LANES; column += LANES) {
        VectorWkv7Gradient.output1(
            n, column, r, k, v, b, removed, dy, ds, dsOffset, dk, db, at, scratch);
      }
      for (; column < n; column++) {
        ScalarGradientKernels.wkv7Output(
            n, column, r, k, v, b, removed, dy, ds, dsOffset, dk, db, at, scratch);
      }
      ScalarGradientKernels.sumRows(scratch, 0, n, 1f, dv, at);
      ScalarGradientKernels.sumRows(scratch, losses, n, -1f, scratch, lost);
      column = 0;
      for (; column <= n - 4 * LANES; column += 4 * LANES) {
        VectorWkv7Gradient.input4(
            states, state, n, column, w, kappa, ds, dsOffset, dw, dkappa, at, scratch, lost);
      }
      for (; column <= n - LANES; column += LANES) {
        VectorWkv7Gradient.input1(
            states, state, n, column, w, kappa, ds, dsOffset, dw, dkappa, at, scratch, lost);
      }
      for (; column < n; column++) {
        ScalarGradientKernels.wkv7Input(
            states, state, n, column, w, kappa, ds, dsOffset, dw, dkappa, at, scratch, lost);
      }
    }
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
    FloatVector betas1 = FloatVector.broadcast(FLOATS, beta1);
    FloatVector betas2 = FloatVector.broadcast(FLOATS, beta2);
    FloatVector roots = FloatVector.broadcast(FLOATS, rootScale);
    FloatVector epsilons = FloatVector.broadcast(FLOATS, epsilon);
    FloatVector steps = FloatVector.broadcast(FLOATS, -stepSize);
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector d = FloatVector.fromArray(FLOATS, g, i).mul(gradientScale);
      FloatVector first = FloatVector.fromArray(FLOATS, m, i).fma(betas1, d.mul(1f - beta1));
      FloatVector second =
          FloatVector.fromArray(FLOATS, v, i).fma(betas2, d.mul(d).mul(1f - beta2));
      FloatVector root = second.lanewise(VectorOperators.SQRT).fma(roots, epsilons);
      first.intoArray(m, i);
      second.intoArray(v, i);
      steps.fma(first.div(root), FloatVector.fromArray(FLOATS, p, i).mul(keep)).intoArray(p, i);
    }
    for (; i < to; i++) {
      ScalarGradientKernels.adamW(
          p, g, m, v, i, gradientScale, keep, beta1, beta2, stepSize, rootScale, epsilon);
    }
  }
}
