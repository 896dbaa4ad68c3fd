package dev.rwkvx.training;

import dev.rwkvx.training.Layout.Segment;

/** Channel mixing of both kinds of block: out = V relu(K m_k(x))². */
final class ChannelMix {
  private final TokenShift shift;
  private final Linear key;
  private final Linear value;

  ChannelMix(Binding binding, String block) {
    String ffn = block + "ffn.";
    int hidden = binding.rows(ffn + "key.weight");
    Weight amount = binding.vector(ffn + "x_k");
    int c = amount.values().length;
    shift = new TokenShift(amount);
    key = binding.linear(ffn + "key.weight", hidden, c);
    value = binding.linear(ffn + "value.weight", c, hidden);
  }

  int hidden() {
    return key.outputs();
  }

  /** Of a segment. */
  static final class Buffers {
    /** m_k(x), in the end its gradient. (T,C) */
    final float[] mixed;

    /** relu(K m_k(x))². (T,F) */
    final float[] hidden;

    /** (T,F) */
    final float[] dhidden;

    Buffers(int rows, int c, int f, Gradients shared) {
      mixed = new float[rows * c];
      hidden = new float[rows * f];
      dhidden = shared.dhidden;
    }
  }

  /** Of a segment, shared by all blocks. */
  static final class Gradients {
    /** (T,F) */
    private final float[] dhidden;

    Gradients(int rows, int f) {
      dhidden = new float[rows * f];
    }
  }

  /** hidden = relu(K m_k(x))². */
  void hidden(Machine machine, Segment segment, float[] x, float[] before, Buffers m) {
    int rows = segment.rows();
    int f = hidden();
    shift.forward(machine, segment, x, before, m.mixed);
    key.forward(machine, rows, m.mixed, 0, m.hidden, 0, false);
    machine.rows(
        rows, (_, from, to, _) -> machine.kernels.reluSquared(m.hidden, from * f, (to - from) * f));
  }

  /** y += V hidden, from row {@code yRow} on. */
  void output(Machine machine, Segment segment, Buffers m, float[] y, int yRow) {
    value.forward(machine, segment.rows(), m.hidden, 0, y, yRow, true);
  }

  /**
   * After {@link #hidden}.
   *
   * @param dy (T,C) from row {@code dyRow} on
   * @param dx (T,C), overwritten
   * @param dlast see {@link TokenShift#backward}
   */
  void backward(
      Machine machine,
      Segment segment,
      float[] x,
      float[] before,
      Buffers m,
      float[] dy,
      int dyRow,
      float[] dx,
      float[] scratch,
      float[] dlast) {
    int rows = segment.rows();
    int f = hidden();
    // y = V hidden
    value.weightGradient(machine, rows, dy, dyRow, m.hidden, 0);
    value.inputGradient(machine, rows, dy, dyRow, m.dhidden, 0, false);
    // hidden = relu(K mixed)²
    machine.rows(
        rows,
        (_, from, to, _) ->
            machine.gradients.reluSquared(m.hidden, m.dhidden, from * f, (to - from) * f));
    key.weightGradient(machine, rows, m.dhidden, 0, m.mixed, 0);
    float[] dmixed = m.mixed;
    key.inputGradient(machine, rows, m.dhidden, 0, dmixed, 0, false);
    // mixed = m_k(x)
    shift.backward(machine, segment, x, before, dx, scratch, dlast, dmixed);
  }
}
