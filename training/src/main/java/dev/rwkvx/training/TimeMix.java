package dev.rwkvx.training;

import dev.rwkvx.math.GradientKernels;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.model.Config;
import dev.rwkvx.training.Layout.Segment;
import dev.rwkvx.training.LowRank.Activation;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** RWKV-7 time mixing (arXiv 2503.14456, section 4; MODEL.md), forward and backward. */
final class TimeMix {
  private static final float GROUP_NORM_EPSILON = 64e-5f;

  private final int n;
  private final int c;
  private final int heads;

  private final TokenShift shift;
  private final Linear receptance;
  private final Linear key;
  private final Linear value;
  private final Linear output;
  private final LowRank decay;
  private final LowRank rate;
  private final @Nullable LowRank valueResidual;
  private final LowRank gate;
  private final Wkv7 wkv;

  private final Weight w0;
  private final Weight a0;
  private final @Nullable Weight v0;
  private final Weight keyScale;
  private final Weight keyMix;
  private final Weight bonus;
  private final Weight normWeight;
  private final Weight normBias;

  // A row of sums per sequence.
  private final SharedGradient dw0;
  private final SharedGradient da0;
  private final SharedGradient dv0;
  private final SharedGradient dkeyScale;
  private final SharedGradient dkeyMix;
  private final SharedGradient dbonus;
  private final SharedGradient dnormWeight;
  private final SharedGradient dnormBias;

  TimeMix(Binding binding, Config config, String block, boolean first) {
    n = config.headSize();
    c = config.embedding();
    heads = config.heads();
    wkv = new Wkv7(n, c);
    String att = block + "att.";
    shift =
        new TokenShift(
            binding.vector(att + "x_r"),
            binding.vector(att + "x_w"),
            binding.vector(att + "x_k"),
            binding.vector(att + "x_v"),
            binding.vector(att + "x_a"),
            binding.vector(att + "x_g"));
    receptance = binding.linear(att + "receptance.weight", c, c);
    key = binding.linear(att + "key.weight", c, c);
    value = binding.linear(att + "value.weight", c, c);
    output = binding.linear(att + "output.weight", c, c);
    decay = lowRank(binding, att + "w", Activation.TANH);
    rate = lowRank(binding, att + "a", Activation.NONE);
    gate = lowRank(binding, att + "g", Activation.SIGMOID);
    // Block 0 makes the first values; some files carry its unused residual weights.
    valueResidual = first ? null : lowRank(binding, att + "v", Activation.NONE);
    w0 = binding.vector(att + "w0");
    a0 = binding.vector(att + "a0");
    v0 = first ? null : binding.vector(att + "v0");
    keyScale = binding.vector(att + "k_k");
    keyMix = binding.vector(att + "k_a");
    bonus = binding.headVector(att + "r_k");
    normWeight = binding.vector(att + "ln_x.weight");
    normBias = binding.vector(att + "ln_x.bias");
    dw0 = new SharedGradient(w0);
    da0 = new SharedGradient(a0);
    dv0 = new SharedGradient(v0 == null ? new Weight(new float[c], null) : v0);
    dkeyScale = new SharedGradient(keyScale);
    dkeyMix = new SharedGradient(keyMix);
    dbonus = new SharedGradient(bonus);
    dnormWeight = new SharedGradient(normWeight);
    dnormBias = new SharedGradient(normBias);
  }

  private LowRank lowRank(Binding binding, String name, Activation activation) {
    int rank = binding.columns(name + "1");
    return new LowRank(
        binding.matrix(name + "1", c, rank),
        binding.matrix(name + "2", rank, c),
        c,
        rank,
        activation);
  }

  /** The widest low-rank pair; D. */
  int rank() {
    int rank = Math.max(Math.max(decay.rank(), rate.rank()), gate.rank());
    return valueResidual == null ? rank : Math.max(rank, valueResidual.rank());
  }

  /** Of a segment. After the weights' gradients are taken, xr … xg make room for dxr … dxg. */
  static final class Buffers {
    // (T,C)
    final float[] xr, xw, xk, xv, xa, xg;
    final float[] r, key, k, value, v, rateOfDecay, w, a, mix, g;
    final float[] kappa, b, removed, y, mixed, out;
    final float[] dout, dr, dk, dvalue, dv, dw, da, dmix, dg, dkappa, db, dy;
    // (T,D)
    final float[] hiddenW, hiddenA, hiddenV, hiddenG;
    final float[] dhiddenW, dhiddenA, dhiddenV, dhiddenG;

    /** The state before each run of each head of each sequence; see {@link Wkv7}. */
    float[] states = new float[0];

    final Wkv7.Inputs inputs;
    final Wkv7.InputGradients inputGradients;
    final Wkv7.Scratch[] scratch;

    Buffers(int rows, int c, int d, Gradients shared) {
      int size = rows * c;
      xr = new float[size];
      xw = new float[size];
      xk = new float[size];
      xv = new float[size];
      xa = new float[size];
      xg = new float[size];
      r = new float[size];
      key = new float[size];
      k = new float[size];
      value = new float[size];
      v = new float[size];
      rateOfDecay = new float[size];
      w = new float[size];
      a = new float[size];
      mix = new float[size];
      g = new float[size];
      kappa = new float[size];
      b = new float[size];
      removed = new float[size];
      y = new float[size];
      mixed = new float[size];
      out = new float[size];
      hiddenW = new float[rows * d];
      hiddenA = new float[rows * d];
      hiddenV = new float[rows * d];
      hiddenG = new float[rows * d];
      dout = shared.dout;
      dr = shared.dr;
      dk = shared.dk;
      dvalue = shared.dvalue;
      dv = shared.dv;
      dw = shared.dw;
      da = shared.da;
      dmix = shared.dmix;
      dg = shared.dg;
      dkappa = shared.dkappa;
      db = shared.db;
      dy = shared.dy;
      dhiddenW = shared.dhiddenW;
      dhiddenA = shared.dhiddenA;
      dhiddenV = shared.dhiddenV;
      dhiddenG = shared.dhiddenG;
      inputs = new Wkv7.Inputs(r, w, k, v, kappa, b);
      inputGradients = new Wkv7.InputGradients(dr, dw, dk, dv, dkappa, db);
      scratch = shared.scratch;
    }
  }

  /** Of a segment, shared by all blocks. */
  static final class Gradients {
    // (T,C)
    private final float[] dout, dr, dk, dvalue, dv, dw, da, dmix, dg, dkappa, db, dy;
    // (T,D)
    private final float[] dhiddenW, dhiddenA, dhiddenV, dhiddenG;
    private final Wkv7.Scratch[] scratch;

    Gradients(int rows, int c, int d, int n, int workers) {
      dout = new float[rows * c];
      dr = new float[rows * c];
      dk = new float[rows * c];
      dvalue = new float[rows * c];
      dv = new float[rows * c];
      dw = new float[rows * c];
      da = new float[rows * c];
      dmix = new float[rows * c];
      dg = new float[rows * c];
      dkappa = new float[rows * c];
      db = new float[rows * c];
      dy = new float[rows * c];
      dhiddenW = new float[rows * d];
      dhiddenA = new float[rows * d];
      dhiddenV = new float[rows * d];
      dhiddenG = new float[rows * d];
      scratch = new Wkv7.Scratch[rows == 0 ? 0 : workers];
      for (int i = 0; i < scratch.length; i++) {
        scratch[i] = new Wkv7.Scratch(n);
      }
    }
  }

  // --- forward -------------------------------------------------------------------------------

  /**
   * y += TimeMix(x) for a segment.
   *
   * @param x (T,C), normalised
   * @param before (B,C), the normalised tokens before the segment
   * @param resets per sequence
   * @param start (K + 1,H,N,N), what a state can be replaced by
   * @param state (B,H,N,N) before the segment; replaced by that after it
   * @param firstValues v_first of the whole batch, made by block 0
   * @param keep whether {@link #backward} follows
   * @param y (T,C) from row {@code yRow} on
   */
  void forward(
      Machine machine,
      Segment segment,
      float[] x,
      float[] before,
      Resets[] resets,
      float[] start,
      float[] state,
      float[] firstValues,
      Buffers m,
      boolean keep,
      float[] y,
      int yRow) {
    int rows = segment.rows();
    // m_c(x) = x + (x' − x)·x_c
    shift.forward(machine, segment, x, before, m.xr, m.xw, m.xk, m.xv, m.xa, m.xg);
    // r = W_r m_r(x), k = W_k m_k(x), v = W_v m_v(x)
    receptance.forward(machine, rows, m.xr, 0, m.r, 0, false);
    key.forward(machine, rows, m.xk, 0, m.key, 0, false);
    value.forward(machine, rows, m.xv, 0, m.value, 0, false);
    // tanh(m_w(x) w1) w2, m_a(x) a1 a2, m_v(x) v1 v2, g = σ(m_g(x) g1) g2
    decay.forward(machine, rows, m.xw, m.hiddenW, m.rateOfDecay);
    rate.forward(machine, rows, m.xa, m.hiddenA, m.a);
    gate.forward(machine, rows, m.xg, m.hiddenG, m.g);
    if (valueResidual != null) {
      valueResidual.forward(machine, rows, m.xv, m.hiddenV, m.mix);
    }
    int runs = mostRuns(segment, resets);
    if (keep && m.states.length < segment.sequences() * heads * runs * n * n) {
      m.states = new float[segment.sequences() * heads * runs * n * n];
    }
    machine.workers.run(
        segment.sequences() * heads,
        (part, _) ->
            head(
                machine,
                segment,
                part / heads,
                part % heads,
                resets,
                start,
                state,
                firstValues,
                m,
                keep,
                runs));
    // y += W_o (y·g)
    output.forward(machine, rows, m.out, 0, y, yRow, true);
  }

  private static int mostRuns(Segment segment, Resets[] resets) {
    int most = 0;
    for (Resets sequence : resets) {
      most = Math.max(most, Wkv7.runs(segment, sequence).length - 1);
    }
    return most;
  }

  private void head(
      Machine machine,
      Segment segment,
      int sequence,
      int head,
      Resets[] resets,
      float[] start,
      float[] state,
      float[] firstValues,
      Buffers m,
      boolean keep,
      int runs) {
    // S ← S diag(w) − (S κ)(κ·a)ᵀ + v kᵀ, y = S r
    int unit = sequence * heads + head;
    wkv.forward(
        machine,
        segment,
        sequence,
        head,
        resets[sequence],
        m.inputs,
        start,
        state,
        unit * n * n,
        keep ? m.states : Machine.NONE,
        unit * runs * n * n,
        m.removed,
        m.y,
        (from, to) -> inputs(machine, segment, head, from, to, firstValues, m),
        (from, to) -> outputs(machine, head, from, to, m));
  }

  /** w, k, v, κ and b of some rows. */
  private void inputs(
      Machine machine,
      Segment segment,
      int head,
      int from,
      int to,
      float[] firstValues,
      Buffers m) {
    Kernels kernels = machine.kernels;
    int h = head * n;
    for (int row = from; row < to; row++) {
      int at = row * c + h;
      int global = (segment.first() + row) * c + h;
      // w = exp(−e^{−1/2} · σ(w0 + tanh(m_w(x) w1) w2))
      kernels.sigmoid(m.rateOfDecay, at, w0.values(), h, n);
      machine.gradients.exp(-Kernels.MAX_DECAY_RATE, m.rateOfDecay, at, m.w, at, n);
      // a = σ(a0 + m_a(x) a1 a2)
      kernels.sigmoid(m.a, at, a0.values(), h, n);
      // block 0: v_first = v; later: v ← v + (v_first − v)·σ(v0 + m_v(x) v1 v2)
      if (v0 == null) {
        System.arraycopy(m.value, at, firstValues, global, n);
        System.arraycopy(m.value, at, m.v, at, n);
      } else {
        kernels.sigmoid(m.mix, at, v0.values(), h, n);
        kernels.lerp(m.value, at, firstValues, global, m.mix, at, m.v, at, n);
      }
      // κ = normalise(k·k_k), b = κ·a, k ← k·(1 + (a − 1)·k_a)
      System.arraycopy(m.key, at, m.k, at, n);
      kernels.keys(m.k, at, m.a, keyScale.values(), keyMix.values(), h, m.kappa, m.b, n);
    }
  }

  /** y ← GroupNorm(y), y ← y + (Σ r·k·r_k)·v, y·g. */
  private void outputs(Machine machine, int head, int from, int to, Buffers m) {
    Kernels kernels = machine.kernels;
    int h = head * n;
    for (int row = from; row < to; row++) {
      int at = row * c + h;
      kernels.layerNorm(
          m.y, at, n, normWeight.values(), normBias.values(), h, GROUP_NORM_EPSILON, m.mixed, at);
      float s = kernels.dot(m.r, at, m.k, at, bonus.values(), h, n);
      kernels.axpy(s, m.v, at, m.mixed, at, n);
      System.arraycopy(m.mixed, at, m.out, at, n);
      kernels.multiply(m.g, at, m.out, at, n);
    }
  }

  // --- backward ------------------------------------------------------------------------------

  /**
   * After {@link #forward} of the same segment; segments come last one first.
   *
   * @param dy (T,C) from row {@code dyRow} on
   * @param dstate (B,H,N,N), the gradient of the state after the segment; replaced by that of the
   *     state before it
   * @param dstart (B,H,N,N), the gradient of what cleared states went back to; added to
   * @param dfirstValues of the whole batch: added to by all blocks, taken up by block 0
   * @param dx (T,C), overwritten
   * @param dlast see {@link TokenShift#backward}
   */
  void backward(
      Machine machine,
      Segment segment,
      float[] x,
      float[] before,
      Resets[] resets,
      float[] firstValues,
      Buffers m,
      float[] dy,
      int dyRow,
      float[] dstate,
      float[] dstart,
      float[] dfirstValues,
      float[] dx,
      float[] scratch,
      float[] dlast) {
    int rows = segment.rows();
    // y += W_o out
    output.weightGradient(machine, rows, dy, dyRow, m.out, 0);
    output.inputGradient(machine, rows, dy, dyRow, m.dout, 0, false);

    int runs = mostRuns(segment, resets);
    begin(segment.sequences());
    machine.workers.run(
        segment.sequences() * heads,
        (part, worker) ->
            headBackward(
                machine,
                segment,
                part / heads,
                part % heads,
                resets,
                firstValues,
                m,
                dstate,
                dstart,
                dfirstValues,
                runs,
                m.scratch[worker]));
    end(machine);

    // tanh(m_w(x) w1) w2, m_a(x) a1 a2, g = σ(m_g(x) g1) g2, m_v(x) v1 v2
    decay.weightGradients(machine, rows, m.dw, m.xw, m.hiddenW, m.dhiddenW);
    decay.inputGradient(machine, rows, m.dhiddenW, m.xw, false);
    rate.weightGradients(machine, rows, m.da, m.xa, m.hiddenA, m.dhiddenA);
    rate.inputGradient(machine, rows, m.dhiddenA, m.xa, false);
    gate.weightGradients(machine, rows, m.dg, m.xg, m.hiddenG, m.dhiddenG);
    gate.inputGradient(machine, rows, m.dhiddenG, m.xg, false);
    // r = W_r m_r(x), k = W_k m_k(x), v = W_v m_v(x)
    receptance.weightGradient(machine, rows, m.dr, 0, m.xr, 0);
    receptance.inputGradient(machine, rows, m.dr, 0, m.xr, 0, false);
    key.weightGradient(machine, rows, m.dk, 0, m.xk, 0);
    key.inputGradient(machine, rows, m.dk, 0, m.xk, 0, false);
    value.weightGradient(machine, rows, m.dvalue, 0, m.xv, 0);
    if (valueResidual != null) {
      valueResidual.weightGradients(machine, rows, m.dmix, m.xv, m.hiddenV, m.dhiddenV);
    }
    value.inputGradient(machine, rows, m.dvalue, 0, m.xv, 0, false);
    if (valueResidual != null) {
      valueResidual.inputGradient(machine, rows, m.dhiddenV, m.xv, true);
    }
    // m_c(x) = x + (x' − x)·x_c
    shift.backward(
        machine, segment, x, before, dx, scratch, dlast, m.xr, m.xw, m.xk, m.xv, m.xa, m.xg);
  }

  private void begin(int sequences) {
    for (SharedGradient gradient : sharedGradients()) {
      gradient.begin(sequences);
    }
  }

  private void end(Machine machine) {
    for (SharedGradient gradient : sharedGradients()) {
      gradient.end(machine);
    }
  }

  private SharedGradient[] sharedGradients() {
    return new SharedGradient[] {dw0, da0, dv0, dkeyScale, dkeyMix, dbonus, dnormWeight, dnormBias};
  }

  private void headBackward(
      Machine machine,
      Segment segment,
      int sequence,
      int head,
      Resets[] resets,
      float[] firstValues,
      Buffers m,
      float[] dstate,
      float[] dstart,
      float[] dfirstValues,
      int runs,
      Wkv7.Scratch scratch) {
    // S ← S diag(w) − (S κ) bᵀ + v kᵀ, y = S r
    int unit = sequence * heads + head;
    wkv.backward(
        machine,
        segment,
        sequence,
        head,
        resets[sequence],
        m.inputs,
        m.states,
        unit * runs * n * n,
        m.removed,
        m.dy,
        dstate,
        dstart,
        unit * n * n,
        m.inputGradients,
        scratch,
        // What the scratch memory is used for begins later.
        (from, to) -> outputsBackward(machine, sequence, head, from, to, m, scratch.sums),
        (from, to) ->
            inputsBackward(
                machine, segment, sequence, head, from, to, firstValues, m, dfirstValues));
  }

  /** After {@link #outputs}: dy, dg, and dmixed in the place of dout. */
  private void outputsBackward(
      Machine machine, int sequence, int head, int from, int to, Buffers m, float[] normal) {
    Kernels kernels = machine.kernels;
    GradientKernels gradients = machine.gradients;
    int h = head * n;
    int shared = sequence * c + h;
    for (int row = from; row < to; row++) {
      int at = row * c + h;
      // out = mixed·g: dg = dout·mixed, dmixed = dout·g (in the place of dout)
      System.arraycopy(m.dout, at, m.dg, at, n);
      kernels.multiply(m.mixed, at, m.dg, at, n);
      kernels.multiply(m.g, at, m.dout, at, n);
      // mixed = GroupNorm(y) + …
      Arrays.fill(m.dy, at, at + n, 0f);
      gradients.layerNorm(
          m.y,
          at,
          n,
          normWeight.values(),
          h,
          GROUP_NORM_EPSILON,
          normal,
          m.dout,
          at,
          m.dy,
          at,
          dnormWeight.rows(),
          dnormBias.rows(),
          shared);
    }
  }

  /** After {@link #inputs} and the rest of {@link #outputs}: from dr, dw, dk, dv, dκ and db on. */
  private void inputsBackward(
      Machine machine,
      Segment segment,
      int sequence,
      int head,
      int from,
      int to,
      float[] firstValues,
      Buffers m,
      float[] dfirstValues) {
    Kernels kernels = machine.kernels;
    GradientKernels gradients = machine.gradients;
    int h = head * n;
    int shared = sequence * c + h;
    for (int row = from; row < to; row++) {
      int at = row * c + h;
      int global = (segment.first() + row) * c + h;
      // mixed = … + s·v, s = Σ r·k·r_k: dv += s·dmixed, ds = Σ dmixed·v
      float s = kernels.dot(m.r, at, m.k, at, bonus.values(), h, n);
      kernels.axpy(s, m.dout, at, m.dv, at, n);
      float ds = gradients.dot(m.dout, at, m.v, at, n);
      gradients.bonus(ds, m.r, m.k, at, bonus.values(), h, m.dr, m.dk, dbonus.rows(), shared, n);
      // κ = normalise(k·k_k), b = κ·a, k ← k·(1 + (a − 1)·k_a)
      gradients.keys(
          m.key,
          m.a,
          m.kappa,
          at,
          keyScale.values(),
          keyMix.values(),
          h,
          m.dkappa,
          m.db,
          m.dk,
          m.da,
          dkeyScale.rows(),
          dkeyMix.rows(),
          shared,
          n);
      // a = σ(a0 + …)
      gradients.sigmoid(m.a, m.da, at, n);
      kernels.add(m.da, at, da0.rows(), shared, n);
      // w = exp(−e^{−1/2} · σ(w0 + …))
      gradients.decay(m.rateOfDecay, m.w, m.dw, at, n);
      kernels.add(m.dw, at, dw0.rows(), shared, n);
      if (v0 == null) {
        // v_first = v
        System.arraycopy(m.dv, at, m.dvalue, at, n);
        kernels.add(dfirstValues, global, m.dvalue, at, n);
      } else {
        // v ← value + (v_first − value)·mix, mix = σ(v0 + …)
        Arrays.fill(m.dvalue, at, at + n, 0f);
        Arrays.fill(m.dmix, at, at + n, 0f);
        gradients.lerp(
            m.value,
            at,
            firstValues,
            global,
            m.mix,
            at,
            m.dv,
            at,
            m.dvalue,
            at,
            dfirstValues,
            global,
            m.dmix,
            at,
            n);
        gradients.sigmoid(m.mix, m.dmix, at, n);
        kernels.add(m.dmix, at, dv0.rows(), shared, n);
      }
    }
  }
}
