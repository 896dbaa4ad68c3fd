package dev.rwkvx.math;

import static dev.rwkvx.math.QuantizedLayout.GROUP;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The reference: one loop, one element at a time. */
public final class ScalarKernels implements Kernels {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  @Override
  public String name() {
    return "scalar";
  }

  /** Weight (input, lane) of the panel at byte {@code offset}. */
  static float weight(WeightType type, MemorySegment weights, long offset, int input, int lane) {
    long element = (long) input * PANEL + Matrix.slot(type, lane);
    return switch (type) {
      case F32 -> weights.get(FLOAT, offset + element * 4);
      case BF16 -> Halves.bf16(weights.get(SHORT, offset + element * 2));
      case F16 -> Halves.f16(weights.get(SHORT, offset + element * 2));
      case Q8, Q4 -> QuantizedLayout.weight(type, weights, offset, input, lane);
    };
  }

  @Override
  public void product(
      WeightType type,
      MemorySegment weights,
      long offset,
      int from,
      int count,
      int rows,
      float[] x,
      int xOffset,
      int xStride,
      float[] y,
      int yOffset,
      int yStride) {
    if (type.isQuantized()) {
      throw new IllegalArgumentException(type + " has codes, not weights");
    }
    for (int row = 0; row < rows; row++) {
      Arrays.fill(y, yOffset + row * yStride, yOffset + row * yStride + PANEL, 0f);
    }
    float[] w = new float[PANEL];
    for (int i = 0; i < count; i++) {
      for (int lane = 0; lane < PANEL; lane++) {
        w[lane] = weight(type, weights, offset, from + i, lane);
      }
      for (int row = 0; row < rows; row++) {
        float factor = x[xOffset + row * xStride + i];
        int at = yOffset + row * yStride;
        for (int lane = 0; lane < PANEL; lane++) {
          y[at + lane] = Math.fma(factor, w[lane], y[at + lane]);
        }
      }
    }
  }

  @Override
  public void addQuantized(
      WeightType type,
      MemorySegment weights,
      long offset,
      int groups,
      int rows,
      float[] x,
      int xOffset,
      int xStride,
      float[] sums,
      int sumsOffset,
      float[] y,
      int yOffset,
      int yStride,
      QuantizedScratch scratch) {
    float[] codes = new float[GROUP];
    for (int g = 0; g < groups; g++) {
      for (int lane = 0; lane < PANEL; lane++) {
        for (int i = 0; i < GROUP; i++) {
          codes[i] = QuantizedLayout.code(type, weights, offset, g * GROUP + i, lane);
        }
        float scale = QuantizedLayout.scale(type, weights, offset, g, lane);
        float shift = QuantizedLayout.shift(type, weights, offset, g, lane);
        for (int row = 0; row < rows; row++) {
          float sum = 0f;
          for (int i = 0; i < GROUP; i++) {
            sum = Math.fma(x[xOffset + row * xStride + g * GROUP + i], codes[i], sum);
          }
          int at = yOffset + row * yStride + lane;
          y[at] = Math.fma(scale, sum, Math.fma(shift, sums[sumsOffset + row * groups + g], y[at]));
        }
      }
    }
  }

  @Override
  public void groupSums(float[] x, int xOffset, int groups, float[] sums, int sumsOffset) {
    float[] partials = new float[PARTIALS];
    for (int g = 0; g < groups; g++) {
      for (int l = 0; l < PARTIALS; l++) {
        int at = xOffset + g * GROUP + l;
        partials[l] = x[at] + x[at + PARTIALS];
      }
      sums[sumsOffset + g] = sumPartials(partials);
    }
  }

  @Override
  public void tile(
      float[] a,
      int aOffset,
      int aStride,
      int rows,
      int inputs,
      float[] b,
      int columns,
      float[] c,
      int cOffset,
      int cStride,
      boolean add) {
    for (int row = 0; row < rows; row++) {
      float[] sums = new float[columns];
      for (int i = 0; i < inputs; i++) {
        float factor = a[aOffset + row * aStride + i];
        int bAt = i * TILE_COLUMNS;
        for (int column = 0; column < columns; column++) {
          sums[column] = Math.fma(factor, b[bAt + column], sums[column]);
        }
      }
      int cAt = cOffset + row * cStride;
      for (int column = 0; column < columns; column++) {
        c[cAt + column] = add ? sums[column] + c[cAt + column] : sums[column];
      }
    }
  }

  @Override
  public void addInterleavedTile(
      float[] a,
      int aOffset,
      int inputs,
      float[] b,
      int columns,
      float[] c,
      int cOffset,
      int cStride) {
    for (int row = 0; row < TILE_ROWS; row++) {
      float[] sums = new float[columns];
      for (int i = 0; i < inputs; i++) {
        float factor = a[aOffset + i * TILE_ROWS + row];
        int bAt = i * TILE_COLUMNS;
        for (int column = 0; column < columns; column++) {
          sums[column] = Math.fma(factor, b[bAt + column], sums[column]);
        }
      }
      int cAt = cOffset + row * cStride;
      for (int column = 0; column < columns; column++) {
        c[cAt + column] += sums[column];
      }
    }
  }

  /** Adds partial sums in a tree: 8 apart, then 4, 2, 1. Destroys them. */
  static float sumPartials(float[] partials) {
    for (int half = PARTIALS / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        partials[i] += partials[i + half];
      }
    }
    return partials[0];
  }

  /** Σ x. */
  static float sum(float[] x, int offset, int n) {
    float[] partials = new float[PARTIALS];
    for (int i = 0; i < n; i++) {
      partials[i % PARTIALS] += x[offset + i];
    }
    return sumPartials(partials);
  }

  /** Σ (x − mean)². */
  static float squares(float[] x, int offset, int n, float mean) {
    float[] partials = new float[PARTIALS];
    for (int i = 0; i < n; i++) {
      float d = x[offset + i] - mean;
      partials[i % PARTIALS] = Math.fma(d, d, partials[i % PARTIALS]);
    }
    return sumPartials(partials);
  }

  /** Σ x·y·z. */
  static float dot3(float[] x, int xOffset, float[] y, int yOffset, float[] z, int zOffset, int n) {
    float[] partials = new float[PARTIALS];
    for (int i = 0; i < n; i++) {
      float product = x[xOffset + i] * y[yOffset + i];
      partials[i % PARTIALS] = Math.fma(product, z[zOffset + i], partials[i % PARTIALS]);
    }
    return sumPartials(partials);
  }

  @Override
  public void layerNorm(
      float[] x,
      int xOffset,
      int n,
      float[] weight,
      float[] bias,
      int weightOffset,
      float epsilon,
      float[] y,
      int yOffset) {
    float mean = sum(x, xOffset, n) / n;
    float variance = squares(x, xOffset, n, mean) / n;
    float scale = (float) (1.0 / Math.sqrt((double) variance + epsilon));
    for (int i = 0; i < n; i++) {
      float normal = (x[xOffset + i] - mean) * scale;
      y[yOffset + i] = Math.fma(normal, weight[weightOffset + i], bias[weightOffset + i]);
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
      float[] y,
      int yOffset,
      int n) {
    for (int i = 0; i < n; i++) {
      float from = x[xOffset + i];
      y[yOffset + i] = Math.fma(other[otherOffset + i] - from, amount[amountOffset + i], from);
    }
  }

  @Override
  public void lerps(
      float[] x,
      int xOffset,
      float[] previous,
      int previousOffset,
      float[] amounts,
      float[] y,
      int yOffset,
      int yStride,
      int n) {
    for (int mix = 0; mix < MIXES; mix++) {
      int yAt = yOffset + mix * yStride;
      lerp(x, xOffset, previous, previousOffset, amounts, mix * n, y, yAt, n);
    }
  }

  @Override
  public void sigmoid(float[] y, int yOffset, float[] bias, int biasOffset, int n) {
    for (int i = 0; i < n; i++) {
      y[yOffset + i] = Exp.sigmoid(y[yOffset + i] + bias[biasOffset + i]);
    }
  }

  @Override
  public void sigmoid(float[] y, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      y[i] = Exp.sigmoid(y[i]);
    }
  }

  @Override
  public void tanh(float[] y, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      y[i] = Exp.tanh(y[i]);
    }
  }

  @Override
  public void reluSquared(float[] y, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      float positive = Math.max(y[i], 0f);
      y[i] = positive * positive;
    }
  }

  @Override
  public void decay(float[] w, int wOffset, float[] bias, int biasOffset, int n) {
    for (int i = 0; i < n; i++) {
      float rate = Exp.sigmoid(w[wOffset + i] + bias[biasOffset + i]);
      w[wOffset + i] = Exp.exp(-MAX_DECAY_RATE * rate);
    }
  }

  @Override
  public void add(float[] x, int xOffset, float[] y, int yOffset, int n) {
    for (int i = 0; i < n; i++) {
      y[yOffset + i] += x[xOffset + i];
    }
  }

  @Override
  public void multiply(float[] x, int xOffset, float[] y, int yOffset, int n) {
    for (int i = 0; i < n; i++) {
      y[yOffset + i] *= x[xOffset + i];
    }
  }

  @Override
  public void multiplyAdd(
      float[] x, int xOffset, float[] y, int yOffset, float[] z, int zOffset, int n) {
    for (int i = 0; i < n; i++) {
      z[zOffset + i] = Math.fma(x[xOffset + i], y[yOffset + i], z[zOffset + i]);
    }
  }

  @Override
  public void addSilu(float[] x, int xOffset, float[] y, int yOffset, int n) {
    for (int i = 0; i < n; i++) {
      y[yOffset + i] += x[xOffset + i] * Exp.sigmoid(x[xOffset + i]);
    }
  }

  @Override
  public void axpy(float factor, float[] x, int xOffset, float[] y, int yOffset, int n) {
    for (int i = 0; i < n; i++) {
      y[yOffset + i] = Math.fma(factor, x[xOffset + i], y[yOffset + i]);
    }
  }

  @Override
  public void scale(float[] y, int offset, float factor, int n) {
    for (int i = offset; i < offset + n; i++) {
      y[i] *= factor;
    }
  }

  @Override
  public float dot(float[] x, int xOffset, float[] y, int yOffset, float[] z, int zOffset, int n) {
    return dot3(x, xOffset, y, yOffset, z, zOffset, n);
  }

  @Override
  public float max(float[] x, int offset, int n) {
    float max = x[offset];
    for (int i = offset + 1; i < offset + n; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  @Override
  public float expSum(float[] x, int offset, int n, float max, float scale) {
    for (int i = 0; i < n; i++) {
      x[offset + i] = Exp.exp((x[offset + i] - max) * scale);
    }
    return sum(x, offset, n);
  }

  @Override
  public void keys(
      float[] k,
      int offset,
      float[] a,
      float[] keyScale,
      float[] keyMix,
      int weightOffset,
      float[] kappa,
      float[] b,
      int n) {
    float[] partials = new float[PARTIALS];
    for (int i = 0; i < n; i++) {
      float scaled = k[offset + i] * keyScale[weightOffset + i];
      kappa[offset + i] = scaled;
      partials[i % PARTIALS] = Math.fma(scaled, scaled, partials[i % PARTIALS]);
    }
    float inverse = inverseNorm(sumPartials(partials));
    for (int i = 0; i < n; i++) {
      float rate = a[offset + i];
      float normal = kappa[offset + i] * inverse;
      kappa[offset + i] = normal;
      b[offset + i] = normal * rate;
      k[offset + i] *= Math.fma(rate - 1f, keyMix[weightOffset + i], 1f);
    }
  }

  /** 1 / max(√squares, 1e-12). */
  static float inverseNorm(float squares) {
    return (float) (1.0 / Math.max(Math.sqrt(squares), 1e-12));
  }

  @Override
  public void wkv7(
      float[] s,
      int sOffset,
      int n,
      int tokens,
      float[] r,
      float[] w,
      float[] k,
      float[] v,
      float[] kappa,
      float[] b,
      float[] removed,
      float[] y,
      int offset,
      int stride) {
    for (int t = 0; t < tokens; t++) {
      int at = offset + t * stride;
      for (int row = 0; row < n; row++) {
        wkv7Row(s, sOffset, n, row, r, w, k, v, kappa, b, removed, y, at);
      }
    }
  }

  /** One row of the state for one token: s ← s·w − (s·κ) b + v k, y = s·r. */
  static void wkv7Row(
      float[] s,
      int sOffset,
      int n,
      int row,
      float[] r,
      float[] w,
      float[] k,
      float[] v,
      float[] kappa,
      float[] b,
      float[] removed,
      float[] y,
      int at) {
    float lost = 0f;
    for (int j = 0; j < n; j++) {
      lost = Math.fma(s[sOffset + j * n + row], kappa[at + j], lost);
    }
    removed[at + row] = lost;
    float value = v[at + row];
    float out = 0f;
    for (int j = 0; j < n; j++) {
      int index = sOffset + j * n + row;
      float kept = Math.fma(-lost, b[at + j], s[index] * w[at + j]);
      s[index] = Math.fma(value, k[at + j], kept);
      out = Math.fma(s[index], r[at + j], out);
    }
    y[at + row] = out;
  }

  @Override
  public GradientKernels gradients() {
    return new ScalarGradientKernels();
  }

  @Override
  public float fmaChain(int rounds, float seed) {
    float a = seed;
    float b = 1f;
    float c = 2f;
    float d = 3f;
    for (int i = 0; i < rounds; i++) {
      a = Math.fma(a, 0.5f, 1f);
      b = Math.fma(b, 0.5f, 1f);
      c = Math.fma(c, 0.5f, 1f);
      d = Math.fma(d, 0.5f, 1f);
    }
    return a + b + c + d;
  }

  @Override
  public double fmaChainFlops(int rounds) {
    return 4.0 * 2 * rounds;
  }

  @Override
  public float readAll(MemorySegment memory, long from, long bytes) {
    float sum = 0f;
    for (long at = from; at < from + bytes; at += Float.BYTES) {
      sum += memory.get(FLOAT, at);
    }
    return sum;
  }
}
