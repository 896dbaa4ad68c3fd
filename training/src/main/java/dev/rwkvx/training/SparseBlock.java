package dev.rwkvx.training;

import dev.rwkvx.model.Config;
import dev.rwkvx.training.ChunkAttention.Kept;
import dev.rwkvx.training.Layout.Segment;
import java.util.ArrayList;
import java.util.List;

/** A sparse-attention block. */
final class SparseBlock implements Block {
  private final int c;
  private final int heads;
  private final int others;
  private final LayerNorm norm1;
  private final SparseAttention attention;
  private final LayerNorm norm2;
  private final ChannelMix channelMix;

  /** LN2 x of the token before each segment. (B,C) */
  private final List<float[]> keptShifts = new ArrayList<>();

  private Kept kept = new Kept(Machine.NONE, Machine.NONE, new int[0]);

  SparseBlock(Binding binding, Config config, int index) {
    String block = "moba." + index + ".";
    c = config.embedding();
    heads = config.heads();
    others = config.topK() - 1;
    norm1 = binding.norm(block + "ln1", LayerNorm.EPSILON);
    attention = new SparseAttention(binding, config, block, index);
    norm2 = binding.norm(block + "ln2", LayerNorm.EPSILON);
    channelMix = new ChannelMix(binding, block);
  }

  int hidden() {
    return channelMix.hidden();
  }

  @Override
  public void forward(
      Machine machine, Pass pass, Activations[] all, float[] x, float[] y, boolean keep) {
    Layout layout = pass.layout;
    reserve(layout.rows());
    project(machine, pass, all, x);
    attention.attend(machine, layout, all[0].projections, pass.attention, kept);
    keptShifts.clear();
    float[] shift = new float[layout.sequences() * c];
    for (Segment segment : pass.segments) {
      Activations m = all[segment.index()];
      if (keep) {
        keptShifts.add(shift.clone());
      }
      hidden(machine, m, segment, x, shift);
      for (int sequence = 0; sequence < segment.sequences(); sequence++) {
        int row = (sequence + 1) * segment.length() - 1;
        System.arraycopy(m.normalMiddle, row * c, shift, sequence * c, c);
      }
      System.arraycopy(m.middle, 0, y, segment.first() * c, segment.rows() * c);
      channelMix.output(machine, segment, m.channelMix, y, segment.first());
    }
  }

  private void reserve(int rows) {
    if (kept.y().length != rows * c) {
      kept = new Kept(new float[rows * c], new float[rows * heads], new int[rows * heads * others]);
    }
  }

  /** q, k, v of LN1 x, for the whole batch. */
  private void project(Machine machine, Pass pass, Activations[] all, float[] x) {
    for (Segment segment : pass.segments) {
      Activations m = all[segment.index()];
      norm1.forward(machine, segment.rows(), x, segment.first(), m.normal, 0);
      attention.project(machine, segment, m.normal, m.projections);
    }
  }

  /** All but the channel mix's second product. */
  private void hidden(Machine machine, Activations m, Segment segment, float[] x, float[] shift) {
    int rows = segment.rows();
    // middle = x + Attention(LN1 x)
    System.arraycopy(x, segment.first() * c, m.middle, 0, rows * c);
    attention.output(machine, segment, kept, m.middle, 0);
    // y = middle + ChannelMix(LN2 middle)
    norm2.forward(machine, rows, m.middle, 0, m.normalMiddle, 0);
    channelMix.hidden(machine, segment, m.normalMiddle, shift, m.channelMix);
  }

  @Override
  public void backward(Machine machine, Pass pass, Activations[] all, float[] x, float[] dx) {
    float[] dlast = new float[pass.layout.sequences() * c];
    for (Segment segment : pass.segments.reversed()) {
      Activations m = all[segment.index()];
      int first = segment.first();
      float[] shift = keptShifts.removeLast();
      if (pass.repeats) {
        hidden(machine, m, segment, x, shift);
      }
      // y = middle + ChannelMix(LN2 middle): dmiddle = dy + …, in the place of dy
      channelMix.backward(
          machine,
          segment,
          m.normalMiddle,
          shift,
          m.channelMix,
          dx,
          first,
          pass.dnormal,
          pass.scratch,
          dlast);
      norm2.backward(machine, segment.rows(), m.middle, 0, pass.dnormal, 0, dx, first);
      // middle = x + W_output attention
      attention.outputBackward(machine, segment, kept, dx, first, pass.attention);
    }
    if (pass.repeats) {
      project(machine, pass, all, x);
    }
    attention.attendBackward(
        machine, pass.layout, all[0].projections, pass.attention, kept, pass.repeats);
    for (Segment segment : pass.segments) {
      Activations m = all[segment.index()];
      int first = segment.first();
      if (pass.repeats) {
        norm1.forward(machine, segment.rows(), x, first, m.normal, 0);
      }
      attention.projectBackward(machine, segment, m.normal, pass.dnormal, pass.attention);
      norm1.backward(machine, segment.rows(), x, first, pass.dnormal, 0, dx, first);
    }
  }
}
