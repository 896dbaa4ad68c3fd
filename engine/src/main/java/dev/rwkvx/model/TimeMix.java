package dev.rwkvx.model;

import dev.rwkvx.math.Job;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.Products;
import dev.rwkvx.math.Products.Then;
import org.jspecify.annotations.Nullable;

/**
 * RWKV-7 time mixing (arXiv 2503.14456, section 4; MODEL.md). Vectors are [C], matrices as named in
 * the paper; those of the low-rank pairs go C → D → C.
 *
 * @param shift the amounts of token shift x_r x_w x_k x_v x_a x_g. [6,C]
 * @param valueResidual null in block 0, whose values are the first values
 */
record TimeMix(
    int block,
    float[] shift,
    Matrix receptance,
    Matrix key,
    Matrix value,
    Matrix output,
    LowRank decay,
    LowRank rate,
    @Nullable LowRank valueResidual,
    Gate gate,
    float[] keyScale,
    float[] keyMix,
    float[] bonus,
    LayerNorm groupNorm)
    implements TokenShift.Mix {
  static final float GROUP_NORM_EPSILON = 64e-5f;

  // The planes of mixed inputs.
  private static final int R = 0;
  private static final int W = 1;
  private static final int K = 2;
  private static final int V = 3;
  private static final int A = 4;
  private static final int G = 5;

  /** bias + f(x · first) · second, such as w0 + tanh(x w1) w2. */
  record LowRank(float[] bias, Matrix first, Matrix second) {}

  /** σ(x g1) g2. */
  record Gate(Matrix first, Matrix second) {}

  /** x += TimeMix(norm(x)). */
  void forward(Pass pass, LayerNorm norm) {
    Scratch m = pass.timeMix;
    int rows = pass.batch.rows();
    int c = pass.embedding;
    m.layer = this;

    // m_r(x) … m_g(x)
    pass.tokenShift.run(norm, this);

    // r = W_r m_r(x), k = W_k m_k(x), v = W_v m_v(x), and the first halves of the low-rank pairs
    Products products =
        pass.products
            .start(rows)
            .add(receptance, m.mixed, R * m.plane, c, m.r, c, Then.STORE)
            .add(key, m.mixed, K * m.plane, c, m.k, c, Then.STORE)
            .add(value, m.mixed, V * m.plane, c, m.v, c, Then.STORE)
            .add(decay.first, m.mixed, W * m.plane, c, m.hiddenW, decay.first.outputs(), Then.TANH)
            .add(rate.first, m.mixed, A * m.plane, c, m.hiddenA, rate.first.outputs(), Then.STORE)
            .add(
                gate.first, m.mixed, G * m.plane, c, m.hiddenG, gate.first.outputs(), Then.SIGMOID);
    if (valueResidual != null) {
      Matrix first = valueResidual.first;
      products.add(first, m.mixed, V * m.plane, c, m.hiddenV, first.outputs(), Then.STORE);
    }
    products.run();

    // tanh(m_w(x) w1) w2, m_a(x) a1 a2, g = σ(m_g(x) g1) g2, m_v(x) v1 v2
    products
        .start(rows)
        .add(decay.second, m.hiddenW, 0, decay.second.inputs(), m.w, c, Then.STORE)
        .add(rate.second, m.hiddenA, 0, rate.second.inputs(), m.a, c, Then.STORE)
        .add(gate.second, m.hiddenG, 0, gate.second.inputs(), m.g, c, Then.STORE);
    if (valueResidual != null) {
      Matrix second = valueResidual.second;
      products.add(second, m.hiddenV, 0, second.inputs(), m.mixV, c, Then.STORE);
    }
    products.run();

    // The heads, each on its own
    pass.workers.run(pass.batch.runs() * m.heads, m.headJob);

    // x += W_o (y·g)
    products.start(rows).add(output, m.y, 0, c, pass.x, c, Then.ADD).run();
  }

  @Override
  public float[] kept(State state) {
    return state.timeShift[block];
  }

  @Override
  public void shift(Pass pass, int row, float[] previous, int previousAt) {
    int c = pass.embedding;
    Scratch m = pass.timeMix;
    int at = row * c;
    pass.kernels.lerps(pass.normal, at, previous, previousAt, shift, m.mixed, at, m.plane, c);
  }

  private void head(Pass pass, Scratch m, int run, int head) {
    Kernels kernels = pass.kernels;
    int n = m.headSize;
    int c = pass.embedding;
    int h = head * n;
    int first = pass.batch.first(run);
    int last = pass.batch.last(run);
    for (int row = first; row <= last; row++) {
      int at = row * c + h;
      // w = exp(−e^{−1/2} · σ(w0 + tanh(m_w(x) w1) w2))
      kernels.decay(m.w, at, decay.bias, h, n);
      // a = σ(a0 + m_a(x) a1 a2)
      kernels.sigmoid(m.a, at, rate.bias, h, n);
      // block 0: v_first = v; later: v ← v + (v_first − v)·σ(v0 + m_v(x) v1 v2)
      if (valueResidual == null) {
        System.arraycopy(m.v, at, m.firstV, at, n);
      } else {
        kernels.sigmoid(m.mixV, at, valueResidual.bias, h, n);
        kernels.lerp(m.v, at, m.firstV, at, m.mixV, at, m.v, at, n);
      }
      // κ = normalise(k·k_k), b = κ·a, k ← k·(1 + (a − 1)·k_a)
      kernels.keys(m.k, at, m.a, keyScale, keyMix, h, m.kappa, m.b, n);
    }
    // S ← S diag(w) − (S κ)(κ·a)ᵀ + v kᵀ, y = S r
    float[] s = pass.batch.state(run).wkv[block];
    kernels.wkv7(
        s,
        h * n,
        n,
        last - first + 1,
        m.r,
        m.w,
        m.k,
        m.v,
        m.kappa,
        m.b,
        m.y,
        m.y,
        first * c + h,
        c);
    for (int row = first; row <= last; row++) {
      int at = row * c + h;
      // y ← GroupNorm(y), y ← y + (Σ r·k·r_k)·v, y·g
      kernels.layerNorm(
          m.y, at, n, groupNorm.weight(), groupNorm.bias(), h, GROUP_NORM_EPSILON, m.y, at);
      kernels.axpy(kernels.dot(m.r, at, m.k, at, bonus, h, n), m.v, at, m.y, at, n);
      kernels.multiply(m.g, at, m.y, at, n);
    }
  }

  /** Buffers, one row per token. */
  static final class Scratch {
    private static final float[] NONE = new float[0];

    private final int heads;
    private final int headSize;
    private final int embedding;
    private final int lowRank;
    private @Nullable TimeMix layer;

    // m_r(x) m_w(x) m_k(x) m_v(x) m_a(x) m_g(x), one plane after the other. (6,T,C)
    float[] mixed = NONE;
    int plane;
    // (T,C)
    float[] r = NONE, w = NONE, k = NONE, v = NONE, a = NONE, g = NONE;
    float[] kappa = NONE, b = NONE, y = NONE;
    float[] mixV = NONE, firstV = NONE;
    // (T,D)
    float[] hiddenW = NONE, hiddenA = NONE, hiddenV = NONE, hiddenG = NONE;

    final Job headJob;

    Scratch(Pass pass, Weights weights) {
      heads = weights.config().heads();
      headSize = weights.config().headSize();
      embedding = weights.config().embedding();
      lowRank = weights.largestLowRank();
      headJob = (part, worker) -> layer().head(pass, this, part / heads, part % heads);
    }

    private TimeMix layer() {
      if (layer == null) {
        throw new IllegalStateException("no layer is running");
      }
      return layer;
    }

    void reserve(int rows) {
      int size = rows * embedding;
      mixed = new float[Kernels.MIXES * size];
      plane = size;
      r = new float[size];
      w = new float[size];
      k = new float[size];
      v = new float[size];
      a = new float[size];
      g = new float[size];
      kappa = new float[size];
      b = new float[size];
      y = new float[size];
      mixV = new float[size];
      firstV = new float[size];
      hiddenW = new float[rows * lowRank];
      hiddenA = new float[rows * lowRank];
      hiddenV = new float[rows * lowRank];
      hiddenG = new float[rows * lowRank];
    }
  }
}
