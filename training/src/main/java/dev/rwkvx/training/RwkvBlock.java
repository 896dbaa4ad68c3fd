package dev.rwkvx.training;

import dev.rwkvx.model.Config;
import dev.rwkvx.training.Layout.Segment;
import java.util.ArrayList;
import java.util.List;

/** A recurrent block. */
final class RwkvBlock implements Block {
  private final int c;
  private final int n;
  private final int stateSize;
  private final LayerNorm norm1;
  private final TimeMix timeMix;
  private final LayerNorm norm2;
  private final ChannelMix channelMix;

  /** The WKV states of a new sequence, row by row, and their gradient. (H,N,N) */
  private final Weight initial;

  /** The same, column by column. */
  private final float[] start;

  private final SharedGradient dinitial;

  /** The state before each segment. */
  private final List<State> kept = new ArrayList<>();

  /**
   * @param old (K,H,N,N), what {@link Resets} can go to beside the initial state
   */
  RwkvBlock(Binding binding, Config config, String block, int index, float[] old) {
    c = config.embedding();
    n = config.headSize();
    stateSize = config.heads() * n * n;
    initial = binding.initialStates(index);
    start = new float[stateSize + old.length];
    System.arraycopy(old, 0, start, stateSize, old.length);
    dinitial = new SharedGradient(initial);
    norm1 = binding.norm(block + "ln1", LayerNorm.EPSILON);
    timeMix = new TimeMix(binding, config, block, index == 0);
    norm2 = binding.norm(block + "ln2", LayerNorm.EPSILON);
    channelMix = new ChannelMix(binding, block);
  }

  int rank() {
    return timeMix.rank();
  }

  int hidden() {
    return channelMix.hidden();
  }

  /**
   * What a block knows of the tokens before.
   *
   * @param timeShift LN1 x of the last token (B,C)
   * @param channelShift LN2 x of the last token (B,C)
   * @param wkv (B,H,N,N)
   */
  @SuppressWarnings("ArrayRecordComponent") // changes
  private record State(float[] timeShift, float[] channelShift, float[] wkv) {
    State(int sequences, int c, int stateSize) {
      this(new float[sequences * c], new float[sequences * c], new float[sequences * stateSize]);
    }

    State copy() {
      return new State(timeShift.clone(), channelShift.clone(), wkv.clone());
    }
  }

  @Override
  public void forward(
      Machine machine, Pass pass, Activations[] all, float[] x, float[] y, boolean keep) {
    int sequences = pass.layout.sequences();
    for (int at = 0; at < stateSize; at += n * n) {
      machine.gradients.transpose(initial.values(), at, n, n, n, start, at, n);
    }
    State state = new State(sequences, c, stateSize);
    for (int sequence = 0; sequence < sequences; sequence++) {
      System.arraycopy(start, 0, state.wkv, sequence * stateSize, stateSize);
    }
    kept.clear();
    for (Segment segment : pass.segments) {
      Activations m = all[segment.index()];
      if (keep) {
        kept.add(state.copy());
      }
      hidden(machine, pass, m, segment, x, state, keep && !pass.repeats);
      keepLast(segment, m.normal, state.timeShift);
      keepLast(segment, m.normalMiddle, state.channelShift);
      System.arraycopy(m.middle, 0, y, segment.first() * c, segment.rows() * c);
      channelMix.output(machine, segment, m.channelMix, y, segment.first());
    }
  }

  /**
   * All but the channel mix's second product.
   *
   * @param keep whether what {@link TimeMix#backward} needs is kept
   */
  private void hidden(
      Machine machine,
      Pass pass,
      Activations m,
      Segment segment,
      float[] x,
      State state,
      boolean keep) {
    int rows = segment.rows();
    int first = segment.first();
    // middle = x + TimeMix(LN1 x)
    norm1.forward(machine, rows, x, first, m.normal, 0);
    System.arraycopy(x, first * c, m.middle, 0, rows * c);
    timeMix.forward(
        machine,
        segment,
        m.normal,
        state.timeShift,
        pass.resets,
        start,
        state.wkv,
        pass.firstValues,
        m.timeMix,
        keep,
        m.middle,
        0);
    // y = middle + ChannelMix(LN2 middle)
    norm2.forward(machine, rows, m.middle, 0, m.normalMiddle, 0);
    channelMix.hidden(machine, segment, m.normalMiddle, state.channelShift, m.channelMix);
  }

  private void keepLast(Segment segment, float[] rows, float[] last) {
    for (int sequence = 0; sequence < segment.sequences(); sequence++) {
      int row = (sequence + 1) * segment.length() - 1;
      System.arraycopy(rows, row * c, last, sequence * c, c);
    }
  }

  @Override
  public void backward(Machine machine, Pass pass, Activations[] all, float[] x, float[] dx) {
    int sequences = pass.layout.sequences();
    float[] dstate = new float[sequences * stateSize];
    float[] dstart = dinitial.begin(sequences);
    float[] dtimeLast = new float[sequences * c];
    float[] dchannelLast = new float[sequences * c];
    for (Segment segment : pass.segments.reversed()) {
      Activations m = all[segment.index()];
      int rows = segment.rows();
      int first = segment.first();
      State state = kept.removeLast();
      if (pass.repeats) {
        hidden(machine, pass, m, segment, x, state, true);
      }
      // y = middle + ChannelMix(LN2 middle): dmiddle = dy + …, in the place of dy
      channelMix.backward(
          machine,
          segment,
          m.normalMiddle,
          state.channelShift,
          m.channelMix,
          dx,
          first,
          pass.dnormal,
          pass.scratch,
          dchannelLast);
      norm2.backward(machine, rows, m.middle, 0, pass.dnormal, 0, dx, first);
      // middle = x + TimeMix(LN1 x): dx = dmiddle + …
      timeMix.backward(
          machine,
          segment,
          m.normal,
          state.timeShift,
          pass.resets,
          pass.firstValues,
          m.timeMix,
          dx,
          first,
          dstate,
          dstart,
          pass.dfirstValues,
          pass.dnormal,
          pass.scratch,
          dtimeLast);
      norm1.backward(machine, rows, x, first, pass.dnormal, 0, dx, first);
    }
    machine.kernels.add(dstate, 0, dstart, 0, dstate.length);
    dinitial.end(machine);
  }
}
