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

  SparseBlock(Binding binding, Config config, String block) {
    c = config.embedding();
    heads = config.heads();
    others = config.topK() - 1;
    norm1 = binding.norm(block + "ln1", LayerNorm.EPSILON);
    attention = new SparseAttention(binding, config, block);
    norm2 = binding.norm(block + "ln2", LayerNorm.EPSILON);
    channelMix = new ChannelMix(binding, block);
  }

  int hidden() {
    return channelMix.hidden();
  }

  @Override
  public void forward(Machine machine, Pass pass, float[] x, float[] y, boolean keep) {
    Layout layout = pass.layout;
    reserve(layout.rows());
    project(machine, pass, x);
    attention.attend(machine, layout, pass.attention, kept);
    keptShifts.clear();
    float[] shift = new float[layout.sequences() * c];
    for (Segment segment : pass.segments) {
      if (keep) {
        keptShifts.add(shift.clone());
      }
      hidden(machine, pass, segment, x, shift);
      for (int sequence = 0; sequence < segment.sequences(); sequence++) {
        int row = (sequence + 1) * segment.length() - 1;
        System.arraycopy(pass.normalMiddle, row * c, shift, sequence * c, c);
      }
      System.arraycopy(pass.middle, 0, y, segment.first() * c, segment.rows() * c);
      channelMix.output(machine, segment, pass.channelMix, y, segment.first());
    }
  }

  private void reserve(int rows) {
    if (kept.y().length != rows * c) {
      kept = new Kept(new float[rows * c], new float[rows * heads], new int[rows * heads * others]);
    }
  }

  /** q, k, v of LN1 x, for the whole batch. */
  private void project(Machine machine, Pass pass, float[] x) {
    for (Segment segment : pass.segments) {
      norm1.forward(machine, segment.rows(), x, segment.first(), pass.normal, 0);
      attention.project(machine, segment, pass.normal, pass.attention);
    }
  }

  /** All but the channel mix's second product. */
  private void hidden(Machine machine, Pass pass, Segment segment, float[] x, float[] shift) {
    int rows = segment.rows();
    // middle = x + Attention(LN1 x)
    System.arraycopy(x, segment.first() * c, pass.middle, 0, rows * c);
    attention.output(machine, segment, kept, pass.middle, 0);
    // y = middle + ChannelMix(LN2 middle)
    norm2.forward(machine, rows, pass.middle, 0, pass.normalMiddle, 0);
    channelMix.hidden(machine, segment, pass.normalMiddle, shift, pass.channelMix);
  }

  @Override
  public void backward(Machine machine, Pass pass, float[] x, float[] dx) {
    float[] dlast = new float[pass.layout.sequences() * c];
    for (Segment segment : pass.segments.reversed()) {
      int first = segment.first();
      float[] shift = keptShifts.removeLast();
      hidden(machine, pass, segment, x, shift);
      // y = middle + ChannelMix(LN2 middle): dmiddle = dy + …, in the place of dy
      channelMix.backward(
          machine,
          segment,
          pass.normalMiddle,
          shift,
          pass.channelMix,
          dx,
          first,
          pass.dnormal,
          pass.scratch,
          dlast);
      norm2.backward(machine, segment.rows(), pass.middle, 0, pass.dnormal, 0, dx, first);
      // middle = x + W_output attention
      attention.outputBackward(machine, segment, kept, dx, first, pass.attention);
    }
    project(machine, pass, x);
    attention.attendBackward(machine, pass.layout, pass.attention, kept);
    for (Segment segment : pass.segments) {
      int first = segment.first();
      norm1.forward(machine, segment.rows(), x, first, pass.normal, 0);
      attention.projectBackward(machine, segment, pass.normal, pass.dnormal, pass.attention);
      norm1.backward(machine, segment.rows(), x, first, pass.dnormal, 0, dx, first);
    }
  }
}
