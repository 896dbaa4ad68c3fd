package dev.rwkvx.training;

import dev.rwkvx.model.Config;
import java.util.Arrays;

/** What a block leaves behind of a segment for its backward pass. */
final class Activations {
  /** LN1 x. (T,C) */
  final float[] normal;

  /** x + mix(LN1 x). (T,C) */
  final float[] middle;

  /** LN2 of the middle. (T,C) */
  final float[] normalMiddle;

  final TimeMix.Buffers timeMix;

  /** Of the whole batch. */
  final SparseAttention.Projections projections;

  final ChannelMix.Buffers channelMix;

  /** The memory that the backward passes of all blocks share. */
  record Shared(TimeMix.Gradients timeMix, ChannelMix.Gradients channelMix) {}

  private Activations(
      int rows,
      int c,
      int rank,
      int hidden,
      boolean recurrent,
      SparseAttention.Projections projections,
      Shared shared) {
    normal = new float[rows * c];
    middle = new float[rows * c];
    normalMiddle = new float[rows * c];
    timeMix = new TimeMix.Buffers(recurrent ? rows : 0, c, rank, shared.timeMix);
    this.projections = projections;
    channelMix = new ChannelMix.Buffers(rows, c, hidden, shared.channelMix);
  }

  /** Memory for each segment of a block of its own. */
  static Activations[] of(
      Config.Slot slot, Layout layout, Config config, int rank, int hidden, Shared shared) {
    boolean recurrent = slot instanceof Config.Slot.Rwkv;
    int c = config.embedding();
    var projections = SparseAttention.Projections.of(config, recurrent ? 0 : layout.rows());
    return layout.segments().stream()
        .map(segment ->
            new Activations(segment.rows(), c, rank, hidden, recurrent, projections, shared))
        .toArray(Activations[]::new);
  }

  /** Memory for one segment of one block at a time. */
  static Activations[] inTurn(Layout layout, Config config, int rank, int hidden, Shared shared) {
    int c = config.embedding();
    boolean sparse = config.sparseBlocks() > 0;
    var projections = SparseAttention.Projections.of(config, sparse ? layout.rows() : 0);
    int rows = layout.segmentRows();
    Activations[] all = new Activations[layout.segments().size()];
    Arrays.fill(all, new Activations(rows, c, rank, hidden, true, projections, shared));
    return all;
  }

  /** About how many floats one block needs for a token. */
  static long floats(int c, int headSize, int rank, int hidden) {
    long states = (long) c * headSize / Wkv7.RUN;
    return 26L * c + states + 4L * rank + hidden;
  }
}
