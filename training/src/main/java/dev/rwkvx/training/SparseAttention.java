package dev.rwkvx.training;

import dev.rwkvx.model.Config;
import dev.rwkvx.training.ChunkAttention.Head;
import dev.rwkvx.training.ChunkAttention.Kept;
import dev.rwkvx.training.Layout.Segment;
import org.jspecify.annotations.Nullable;

/** The sparse block's attention: projections around {@link ChunkAttention}. */
final class SparseAttention {
  private final Linear query;
  private final Linear key;
  private final @Nullable KeyConvolution keyConvolution;
  private final Linear value;
  private final Linear output;
  private final int heads;

  SparseAttention(Binding binding, Config config, String block, int index) {
    int c = config.embedding();
    heads = config.heads();
    query = binding.linear(block + "att.receptance.weight", c, c);
    key = binding.linear(block + "att.key.weight", c, c);
    keyConvolution = binding.keyConvolution(index);
    value = binding.linear(block + "att.value.weight", c, c);
    output = binding.linear(block + "att.output.weight", c, c);
  }

  /**
   * Of the whole batch. (T,C)
   *
   * @param plainK keys before the key convolution; k itself where there is none
   */
  @SuppressWarnings("ArrayRecordComponent") // changes
  record Projections(float[] q, float[] plainK, float[] k, float[] v) {
    static Projections of(Config config, int rows) {
      int size = rows * config.embedding();
      float[] k = new float[size];
      return new Projections(
          new float[size], config.keyWidth() == 0 ? k : new float[size], k, new float[size]);
    }
  }

  /** Of the whole batch. (T,C) */
  static final class Buffers {
    final float[] dq, dk, dv, dy;

    /** Sums of the key convolution, then their gradients. */
    final float[] z;

    final ChunkAttention[] attention;

    Buffers(Machine machine, Config config, int rows, boolean backward) {
      int back = backward ? rows * config.embedding() : 0;
      dq = new float[back];
      dk = new float[back];
      dv = new float[back];
      dy = new float[back];
      z = new float[config.keyWidth() == 0 ? 0 : rows * config.embedding()];
      attention = new ChunkAttention[machine.workers.count()];
      for (int i = 0; i < attention.length; i++) {
        attention[i] =
            new ChunkAttention(
                machine.kernels,
                machine.products.of(i),
                config.headSize(),
                config.embedding(),
                config.chunkSize(),
                config.topK() - 1);
      }
    }
  }

  /** q = W_receptance x, k = W_key x, v = W_value x for a segment. */
  void project(Machine machine, Segment segment, float[] x, Projections to) {
    query.forward(machine, segment.rows(), x, 0, to.q, segment.first(), false);
    key.forward(machine, segment.rows(), x, 0, to.plainK, segment.first(), false);
    value.forward(machine, segment.rows(), x, 0, to.v, segment.first(), false);
  }

  /** The attention of all sequences, when all segments are projected. */
  void attend(Machine machine, Layout layout, Projections of, Buffers m, Kept kept) {
    convolve(machine, layout, of, m);
    machine.workers.run(
        layout.sequences() * heads,
        (part, worker) ->
            m.attention[worker].forward(
                new Head(layout, part / heads, part % heads), part, of.q, of.k, of.v, kept));
  }

  private void convolve(Machine machine, Layout layout, Projections of, Buffers m) {
    if (keyConvolution != null) {
      keyConvolution.forward(machine, layout, of.plainK, of.k, m.z);
    }
  }

  /** y += W_output · concat(heads) for a segment, from row {@code yRow} on. */
  void output(Machine machine, Segment segment, Kept kept, float[] y, int yRow) {
    output.forward(machine, segment.rows(), kept.y(), segment.first(), y, yRow, true);
  }

  /** y += W_output · concat(heads), backwards. */
  void outputBackward(
      Machine machine, Segment segment, Kept kept, float[] dy, int dyRow, Buffers m) {
    int rows = segment.rows();
    output.weightGradient(machine, rows, dy, dyRow, kept.y(), segment.first());
    output.inputGradient(machine, rows, dy, dyRow, m.dy, segment.first(), false);
  }

  /**
   * The attention of all sequences backwards.
   *
   * @param again whether all segments were projected again
   */
  void attendBackward(
      Machine machine, Layout layout, Projections of, Buffers m, Kept kept, boolean again) {
    if (again) {
      convolve(machine, layout, of, m);
    }
    machine.workers.run(
        layout.sequences() * heads,
        (part, worker) ->
            m.attention[worker].backward(
                new Head(layout, part / heads, part % heads),
                part,
                of.q,
                of.k,
                of.v,
                kept,
                m.dy,
                m.dq,
                m.dk,
                m.dv));
    if (keyConvolution != null) {
      keyConvolution.backward(machine, layout, of.plainK, m.dk, m.z);
    }
  }

  /** q = W_receptance x, k = W_key x, v = W_value x, backwards; dx (T,C) is overwritten. */
  void projectBackward(Machine machine, Segment segment, float[] x, float[] dx, Buffers m) {
    int rows = segment.rows();
    int first = segment.first();
    query.weightGradient(machine, rows, m.dq, first, x, 0);
    key.weightGradient(machine, rows, m.dk, first, x, 0);
    value.weightGradient(machine, rows, m.dv, first, x, 0);
    query.inputGradient(machine, rows, m.dq, first, dx, 0, false);
    key.inputGradient(machine, rows, m.dk, first, dx, 0, true);
    value.inputGradient(machine, rows, m.dv, first, dx, 0, true);
  }
}
