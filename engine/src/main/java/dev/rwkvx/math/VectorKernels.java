package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The twin of {@link ScalarKernels} on the Vector API: the same additions, many lanes at once. */
public final class VectorKernels implements Kernels {
  /** Names a narrower width than the machine's, in bits: 128, 256 or 512. */
  static final String WIDTH_PROPERTY = "rwkvx.vectorBits";

  static final VectorSpecies<Float> FLOATS = species();
  static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final int LANES = FLOATS.length();
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private static VectorSpecies<Float> species() {
    int bits =
        Integer.getInteger(
            WIDTH_PROPERTY, Math.min(512, FloatVector.SPECIES_PREFERRED.vectorBitSize()));
    return VectorSpecies.of(float.class, VectorShape.forBitSize(Math.clamp(bits, 128, 512)));
  }

  @Override
  public String name() {
    return "vector, " + FLOATS.vectorBitSize() + " bits";
  }

  // --- products ------------------------------------------------------------------------------

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
    if (rows > 4 && (LANES < 16 || type == WeightType.F16)) {
      // Eight rows need more registers than there are, or than the compiler finds.
      product(type, weights, offset, from, count, 4, x, xOffset, xStride, y, yOffset, yStride);
      int x4 = xOffset + 4 * xStride;
      int y4 = yOffset + 4 * yStride;
      product(type, weights, offset, from, count, rows - 4, x, x4, xStride, y, y4, yStride);
      return;
    }
    long at = offset + type.panelBytes(from);
    int lanes = type == WeightType.F32 ? PANEL : PANEL / 2;
    int step = type == WeightType.F32 ? 2 * LANES : LANES;
    for (int lane = 0; lane < lanes; lane += step) {
      long w = at + lane * 4L;
      int to = yOffset + lane;
      switch (type) {
        case F32 -> product32(weights, w, count, rows, x, xOffset, xStride, y, to, yStride);
        case BF16 -> productB16(weights, w, count, rows, x, xOffset, xStride, y, to, yStride);
        case F16 -> productF16(weights, w, count, rows, x, xOffset, xStride, y, to, yStride);
        case Q8, Q4 -> throw new IllegalArgumentException(type + " has codes, not weights");
      }
    }
  }

  private static void product32(
      MemorySegment weights,
      long at,
      int count,
      int rows,
      float[] x,
      int xOffset,
      int xStride,
      float[] y,
      int yOffset,
      int yStride) {
    if (rows == 1) {
      VectorPanels32.f32x1(weights, at, count, x, xOffset, y, yOffset);
    } else if (rows <= 4) {
      VectorPanels32.f32x4(weights, at, count, rows, x, xOffset, xStride, y, yOffset, yStride);
    } else {
      VectorPanels32.f32x8(weights, at, count, rows, x, xOffset, xStride, y, yOffset, yStride);
    }
  }

  private static void productB16(
      MemorySegment weights,
      long at,
      int count,
      int rows,
      float[] x,
      int xOffset,
      int xStride,
      float[] y,
      int yOffset,
      int yStride) {
    if (rows == 1) {
      VectorPanels16.bf16x1(weights, at, count, x, xOffset, y, yOffset);
    } else if (rows <= 4) {
      VectorPanels16.bf16x4(weights, at, count, rows, x, xOffset, xStride, y, yOffset, yStride);
    } else {
      VectorPanels16.bf16x8(weights, at, count, rows, x, xOffset, xStride, y, yOffset, yStride);
    }
  }

  private static void productF16(
      MemorySegment weights,
      long at,
      int count,
      int rows,
      float[] x,
      int xOffset,
      int xStride,
      float[] y,
      int yOffset,
      int yStride) {
    if (rows == 1) {
      VectorPanels16.f16x1(weights, at, count, x, xOffset, y, yOffset);
    } else {
      VectorPanels16.f16x4(weights, at, count, rows, x, xOffset, xStride, y, yOffset, yStride);
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
    for (int g = 0; g < groups; g++) {
      long group = offset + type.panelBytes(g * QuantizedLayout.GROUP);
      int xAt = xOffset + g * QuantizedLayout.GROUP;
      VectorQuantized.scales(type, weights, group, scratch.scales());
      if (rows < ROWS / 2) {
        for (int row = 0; row < rows; row++) {
          VectorQuantized.product(type, weights, group, x, xAt + row * xStride, scratch.sums());
          int sumsAt = sumsOffset + row * groups + g;
          int to = yOffset + row * yStride;
          VectorQuantized.add(scratch.sums(), scratch.scales(), 1, sums, sumsAt, 0, y, to, 0);
        }
        continue;
      }
      VectorQuantized.widen(type, weights, group, scratch.codes());
      for (int first = 0; first < rows; first += ROWS) {
        int some = Math.min(ROWS, rows - first);
        product(
            WeightType.F32,
            scratch.codes(),
            0,
            0,
            QuantizedLayout.GROUP,
            some,
            x,
            xAt + first * xStride,
            xStride,
            scratch.sums(),
            0,
            PANEL);
        VectorQuantized.add(
            scratch.sums(),
            scratch.scales(),
            some,
            sums,
            sumsOffset + first * groups + g,
            groups,
            y,
            yOffset + first * yStride,
            yStride);
      }
    }
  }

  @Override
  public void groupSums(float[] x, int xOffset, int groups, float[] sums, int sumsOffset) {
    for (int g = 0; g < groups; g++) {
      sums[sumsOffset + g] = groupSum(x, xOffset + g * QuantizedLayout.GROUP);
    }
  }

  private static float groupSum(float[] x, int at) {
    FloatVector p0 = load(x, at).add(load(x, at + PARTIALS));
    FloatVector zero = FloatVector.zero(FLOATS);
    return sum(
        p0,
        LANES < 16 ? load(x, at + LANES).add(load(x, at + LANES + PARTIALS)) : zero,
        LANES < 8 ? load(x, at + 2 * LANES).add(load(x, at + 2 * LANES + PARTIALS)) : zero,
        LANES < 8 ? load(x, at + 3 * LANES).add(load(x, at + 3 * LANES + PARTIALS)) : zero);
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
    if (LANES == 16 && columns == TILE_COLUMNS) {
      if (rows == TILE_ROWS) {
        VectorTiles.tile6x4(a, aOffset, aStride, inputs, b, c, cOffset, cStride, add);
      } else {
        VectorTiles.tile4x4(a, aOffset, aStride, inputs, b, c, cOffset, cStride, add);
      }
      return;
    }
    for (int column = 0; column < columns; column += 2 * LANES) {
      if (rows == TILE_ROWS) {
        VectorTiles.tile6x2(
            a, aOffset, aStride, inputs, b, column, c, cOffset + column, cStride, add);
      } else {
        VectorTiles.tile4x2(
            a, aOffset, aStride, inputs, b, column, c, cOffset + column, cStride, add);
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
    if (LANES == 16 && columns == TILE_COLUMNS) {
      VectorStrips.interleaved6x4(a, aOffset, inputs, b, c, cOffset, cStride);
      return;
    }
    for (int column = 0; column < columns; column += 2 * LANES) {
      VectorStrips.interleaved6x2(a, aOffset, inputs, b, column, c, cOffset + column, cStride);
    }
  }

  // --- sums in the fixed order ---------------------------------------------------------------
  //
  // Lane l of partial sum vector g holds partial sum g·LANES + l of sixteen; a narrow species needs
  // several vectors. Each sum is one method from memory to a number: a method with a loop may stay
  // a call, and the compiler boxes the vectors that it returns. Where elements are left over, which
  // no size that matters has, the scalar kernels do it all.

  private static final VectorShuffle<Float> BY_8 = distance(8);
  private static final VectorShuffle<Float> BY_4 = distance(4);
  private static final VectorShuffle<Float> BY_2 = distance(2);
  private static final VectorShuffle<Float> BY_1 = distance(1);

  private static VectorShuffle<Float> distance(int d) {
    return VectorShuffle.fromOp(FLOATS, lane -> (lane + d) % LANES);
  }

  /** Adds the lanes of one vector in the order of {@link ScalarKernels#sumPartials}. */
  private static float sum(FloatVector v) {
    if (LANES == 16) {
      v = v.add(v.rearrange(BY_8));
    }
    if (LANES >= 8) {
      v = v.add(v.rearrange(BY_4));
    }
    v = v.add(v.rearrange(BY_2));
    v = v.add(v.rearrange(BY_1));
    return v.lane(0);
  }

  /** Adds the four, two or one vectors of partial sums. */
  static float sum(FloatVector p0, FloatVector p1, FloatVector p2, FloatVector p3) {
    return switch (LANES) {
      case 16 -> sum(p0);
      case 8 -> sum(p0.add(p1));
      default -> sum(p0.add(p2).add(p1.add(p3)));
    };
  }

  /** Σ x. */
  static float sum(float[] x, int offset, int n) {
    if (n % PARTIALS != 0) {
      return ScalarKernels.sum(x, offset, n);
    }
    FloatVector p0 = FloatVector.zero(FLOATS);
    FloatVector p1 = p0, p2 = p0, p3 = p0;
    for (int i = 0; i < n; i += PARTIALS) {
      p0 = p0.add(load(x, offset + i));
      if (LANES < 16) {
        p1 = p1.add(load(x, offset + i + LANES));
      }
      if (LANES < 8) {
        p2 = p2.add(load(x, offset + i + 2 * LANES));
        p3 = p3.add(load(x, offset + i + 3 * LANES));
      }
    }
    return sum(p0, p1, p2, p3);
  }

  /** Σ (x − mean)². */
  static float squares(float[] x, int offset, int n, float mean) {
    if (n % PARTIALS != 0) {
      return ScalarKernels.squares(x, offset, n, mean);
    }
    FloatVector p0 = FloatVector.zero(FLOATS);
    FloatVector p1 = p0, p2 = p0, p3 = p0;
    for (int i = 0; i < n; i += PARTIALS) {
      FloatVector d0 = load(x, offset + i).sub(mean);
      p0 = d0.fma(d0, p0);
      if (LANES < 16) {
        FloatVector d1 = load(x, offset + i + LANES).sub(mean);
        p1 = d1.fma(d1, p1);
      }
      if (LANES < 8) {
        FloatVector d2 = load(x, offset + i + 2 * LANES).sub(mean);
        p2 = d2.fma(d2, p2);
        FloatVector d3 = load(x, offset + i + 3 * LANES).sub(mean);
        p3 = d3.fma(d3, p3);
      }
    }
    return sum(p0, p1, p2, p3);
  }

  @Override
  public float dot(float[] x, int xOffset, float[] y, int yOffset, float[] z, int zOffset, int n) {
    return dot3(x, xOffset, y, yOffset, z, zOffset, n);
  }

  /** Σ x·y·z. */
  static float dot3(float[] x, int xOffset, float[] y, int yOffset, float[] z, int zOffset, int n) {
    if (n % PARTIALS != 0) {
      return ScalarKernels.dot3(x, xOffset, y, yOffset, z, zOffset, n);
    }
    FloatVector p0 = FloatVector.zero(FLOATS);
    FloatVector p1 = p0, p2 = p0, p3 = p0;
    for (int i = 0; i < n; i += PARTIALS) {
      FloatVector xy0 = load(x, xOffset + i).mul(load(y, yOffset + i));
      p0 = xy0.fma(load(z, zOffset + i), p0);
      if (LANES < 16) {
        FloatVector xy1 = load(x, xOffset + i + LANES).mul(load(y, yOffset + i + LANES));
        p1 = xy1.fma(load(z, zOffset + i + LANES), p1);
      }
      if (LANES < 8) {
        FloatVector xy2 = load(x, xOffset + i + 2 * LANES).mul(load(y, yOffset + i + 2 * LANES));
        p2 = xy2.fma(load(z, zOffset + i + 2 * LANES), p2);
        FloatVector xy3 = load(x, xOffset + i + 3 * LANES).mul(load(y, yOffset + i + 3 * LANES));
        p3 = xy3.fma(load(z, zOffset + i + 3 * LANES), p3);
      }
    }
    return sum(p0, p1, p2, p3);
  }

  // --- rows ----------------------------------------------------------------------------------

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(FLOATS, x, at);
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
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(x, xOffset + i)
          .sub(mean)
          .mul(scale)
          .fma(load(weight, weightOffset + i), load(bias, weightOffset + i))
          .intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
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
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector from = load(x, xOffset + i);
      load(other, otherOffset + i)
          .sub(from)
          .fma(load(amount, amountOffset + i), from)
          .intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
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
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector from = load(x, xOffset + i);
      FloatVector way = load(previous, previousOffset + i).sub(from);
      // Written out: vectors that an inner loop uses are boxed.
      int at = yOffset + i;
      way.fma(load(amounts, i), from).intoArray(y, at);
      way.fma(load(amounts, n + i), from).intoArray(y, at + yStride);
      way.fma(load(amounts, 2 * n + i), from).intoArray(y, at + 2 * yStride);
      way.fma(load(amounts, 3 * n + i), from).intoArray(y, at + 3 * yStride);
      way.fma(load(amounts, 4 * n + i), from).intoArray(y, at + 4 * yStride);
      way.fma(load(amounts, 5 * n + i), from).intoArray(y, at + 5 * yStride);
    }
    for (; i < n; i++) {
      float from = x[xOffset + i];
      float way = previous[previousOffset + i] - from;
      for (int mix = 0; mix < MIXES; mix++) {
        y[yOffset + mix * yStride + i] = Math.fma(way, amounts[mix * n + i], from);
      }
    }
  }

  /** The twin of {@link Exp#exp}. */
  static FloatVector exp(FloatVector x) {
    x = x.max(Exp.LOWEST).min(Exp.HIGHEST);
    FloatVector rounded =
        x.fma(FloatVector.broadcast(FLOATS, Exp.LOG2_E), FloatVector.broadcast(FLOATS, Exp.ROUND));
    FloatVector n = rounded.sub(Exp.ROUND);
    FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -Exp.LN2_HIGH), x);
    r = n.fma(FloatVector.broadcast(FLOATS, -Exp.LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(FLOATS, Exp.P5);
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P4));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P3));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P2));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P1));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P0));
    FloatVector e = p.fma(r.mul(r), r).add(1f);
    return e.mul(
        rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
  }

  static FloatVector sigmoid(FloatVector x) {
    return FloatVector.broadcast(FLOATS, 1f).div(exp(x.neg()).add(1f));
  }

  @Override
  public void sigmoid(float[] y, int yOffset, float[] bias, int biasOffset, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      sigmoid(load(y, yOffset + i).add(load(bias, biasOffset + i))).intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      y[yOffset + i] = Exp.sigmoid(y[yOffset + i] + bias[biasOffset + i]);
    }
  }

  @Override
  public void sigmoid(float[] y, int offset, int n) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      sigmoid(load(y, i)).intoArray(y, i);
    }
    for (; i < offset + n; i++) {
      y[i] = Exp.sigmoid(y[i]);
    }
  }

  @Override
  public void tanh(float[] y, int offset, int n) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      FloatVector e = exp(load(y, i).mul(-2f));
      FloatVector one = FloatVector.broadcast(FLOATS, 1f);
      one.sub(e).div(one.add(e)).intoArray(y, i);
    }
    for (; i < offset + n; i++) {
      y[i] = Exp.tanh(y[i]);
    }
  }

  @Override
  public void reluSquared(float[] y, int offset, int n) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      FloatVector positive = load(y, i).max(0f);
      positive.mul(positive).intoArray(y, i);
    }
    for (; i < offset + n; i++) {
      float positive = Math.max(y[i], 0f);
      y[i] = positive * positive;
    }
  }

  @Override
  public void decay(float[] w, int wOffset, float[] bias, int biasOffset, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector rate = sigmoid(load(w, wOffset + i).add(load(bias, biasOffset + i)));
      exp(rate.mul(-MAX_DECAY_RATE)).intoArray(w, wOffset + i);
    }
    for (; i < n; i++) {
      float rate = Exp.sigmoid(w[wOffset + i] + bias[biasOffset + i]);
      w[wOffset + i] = Exp.exp(-MAX_DECAY_RATE * rate);
    }
  }

  @Override
  public void add(float[] x, int xOffset, float[] y, int yOffset, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(y, yOffset + i).add(load(x, xOffset + i)).intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      y[yOffset + i] += x[xOffset + i];
    }
  }

  @Override
  public void multiply(float[] x, int xOffset, float[] y, int yOffset, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(y, yOffset + i).mul(load(x, xOffset + i)).intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      y[yOffset + i] *= x[xOffset + i];
    }
  }

  @Override
  public void multiplyAdd(
      float[] x, int xOffset, float[] y, int yOffset, float[] z, int zOffset, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(x, xOffset + i)
          .fma(load(y, yOffset + i), load(z, zOffset + i))
          .intoArray(z, zOffset + i);
    }
    for (; i < n; i++) {
      z[zOffset + i] = Math.fma(x[xOffset + i], y[yOffset + i], z[zOffset + i]);
    }
  }

  @Override
  public void addSilu(float[] x, int xOffset, float[] y, int yOffset, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector z = load(x, xOffset + i);
      load(y, yOffset + i).add(z.mul(sigmoid(z))).intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      y[yOffset + i] += x[xOffset + i] * Exp.sigmoid(x[xOffset + i]);
    }
  }

  @Override
  public void axpy(float factor, float[] x, int xOffset, float[] y, int yOffset, int n) {
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(x, xOffset + i).fma(factors, load(y, yOffset + i)).intoArray(y, yOffset + i);
    }
    for (; i < n; i++) {
      y[yOffset + i] = Math.fma(factor, x[xOffset + i], y[yOffset + i]);
    }
  }

  @Override
  public void scale(float[] y, int offset, float factor, int n) {
    int i = offset;
    for (; i <= offset + n - LANES; i += LANES) {
      FloatVector.fromArray(FLOATS, y, i).mul(factor).intoArray(y, i);
    }
    for (; i < offset + n; i++) {
      y[i] *= factor;
    }
  }

  @Override
  public float max(float[] x, int offset, int n) {
    float max = x[offset];
    int i = offset;
    if (n >= LANES) {
      FloatVector largest = load(x, offset);
      for (i += LANES; i <= offset + n - LANES; i += LANES) {
        largest = largest.max(load(x, i));
      }
      max = largest.reduceLanes(VectorOperators.MAX);
    }
    for (; i < offset + n; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  @Override
  public float expSum(float[] x, int offset, int n, float max, float scale) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      exp(load(x, offset + i).sub(max).mul(scale)).intoArray(x, offset + i);
    }
    for (; i < n; i++) {
      x[offset + i] = Exp.exp((x[offset + i] - max) * scale);
    }
    return sum(x, offset, n);
  }

  // --- RWKV-7 --------------------------------------------------------------------------------

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
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(k, offset + i).mul(load(keyScale, weightOffset + i)).intoArray(kappa, offset + i);
    }
    for (; i < n; i++) {
      kappa[offset + i] = k[offset + i] * keyScale[weightOffset + i];
    }
    float inverse = ScalarKernels.inverseNorm(squares(kappa, offset, n, 0f));
    FloatVector one = FloatVector.broadcast(FLOATS, 1f);
    for (i = 0; i <= n - LANES; i += LANES) {
      FloatVector rate = load(a, offset + i);
      FloatVector normal = load(kappa, offset + i).mul(inverse);
      normal.intoArray(kappa, offset + i);
      normal.mul(rate).intoArray(b, offset + i);
      FloatVector mix = rate.sub(one).fma(load(keyMix, weightOffset + i), one);
      load(k, offset + i).mul(mix).intoArray(k, offset + i);
    }
    for (; i < n; i++) {
      float rate = a[offset + i];
      float normal = kappa[offset + i] * inverse;
      kappa[offset + i] = normal;
      b[offset + i] = normal * rate;
      k[offset + i] *= Math.fma(rate - 1f, keyMix[weightOffset + i], 1f);
    }
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
    // Rows of the state do not meet each other, so a band of them can run through all tokens while
    // it stays in the first-level cache.
    int row = 0;
    for (; row <= n - 4 * LANES; row += 4 * LANES) {
      for (int t = 0; t < tokens; t++) {
        VectorWkv7.wkv7Rows4(
            s, sOffset + row, n, r, w, k, v, kappa, b, removed, y, offset + t * stride, row);
      }
    }
    for (; row <= n - LANES; row += LANES) {
      for (int t = 0; t < tokens; t++) {
        VectorWkv7.wkv7Rows1(
            s, sOffset + row, n, r, w, k, v, kappa, b, removed, y, offset + t * stride, row);
      }
    }
    for (; row < n; row++) {
      for (int t = 0; t < tokens; t++) {
        ScalarKernels.wkv7Row(
            s, sOffset, n, row, r, w, k, v, kappa, b, removed, y, offset + t * stride);
      }
    }
  }

  @Override
  public GradientKernels gradients() {
    return new VectorGradientKernels();
  }

  // --- the machine ---------------------------------------------------------------------------

  @Override
  public float fmaChain(int rounds, float seed) {
    FloatVector half = FloatVector.broadcast(FLOATS, 0.5f);
    FloatVector one = FloatVector.broadcast(FLOATS, 1f);
    FloatVector a = FloatVector.broadcast(FLOATS, seed);
    FloatVector b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a;
    for (int round = 0; round < rounds; round++) {
      a = a.fma(half, one);
      b = b.fma(half, one);
      c = c.fma(half, one);
      d = d.fma(half, one);
      e = e.fma(half, one);
      f = f.fma(half, one);
      g = g.fma(half, one);
      h = h.fma(half, one);
      i = i.fma(half, one);
      j = j.fma(half, one);
    }
    a = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j);
    return a.lane(0);
  }

  @Override
  public double fmaChainFlops(int rounds) {
    return 10.0 * 2 * LANES * rounds;
  }

  @Override
  public float readAll(MemorySegment memory, long from, long bytes) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = FloatVector.zero(FLOATS);
    FloatVector c = FloatVector.zero(FLOATS);
    FloatVector d = FloatVector.zero(FLOATS);
    int step = LANES * Float.BYTES;
    for (int at = 0; at < (int) bytes; at += 4 * step) {
      a = a.add(FloatVector.fromMemorySegment(FLOATS, memory, from + at, ORDER));
      b = b.add(FloatVector.fromMemorySegment(FLOATS, memory, from + at + step, ORDER));
      c = c.add(FloatVector.fromMemorySegment(FLOATS, memory, from + at + 2 * step, ORDER));
      d = d.add(FloatVector.fromMemorySegment(FLOATS, memory, from + at + 3 * step, ORDER));
    }
    return a.add(b).add(c.add(d)).lane(0);
  }
}
