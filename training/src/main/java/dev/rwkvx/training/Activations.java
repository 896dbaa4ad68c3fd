package dev.rwkvx.training;

import dev.rwkvx.model.Config;

/** What a block leaves behind for its backward pass, of a segment if nothing else is said. */
final class Activations {
  /** LN1 x. (T,C) */
  final float[] normal;

  /** x + mix(LN1 x). (T,C) */
  final float[] middle;

  /** LN2 of the middle. (T,C) */
  final float[] normalMiddle;

  final TimeMix.Buffers timeMix;
  final SparseAttention.Projections projections;
  final ChannelMix.Buffers channelMix;

  /** The memory that the backward passes of all blocks share. */
  record Shared(TimeMix.Gradients timeMix, ChannelMix.Gradients channelMix) {}

  private Activations(
      Layout layout,
      int c,
      int rank,
      int hidden,
      boolean recurrent,
      boolean sparse,
      Shared shared) {
    int rows = layout.segmentRows();
    normal = new float[rows * c];
    middle = new float[rows * c];
    normalMiddle = new float[rows * c];
    timeMix = new TimeMix.Buffers(recurrent ? rows : 0, c, rank, shared.timeMix);
    projections = new SparseAttention.Projections(sparse ? layout.rows() * c : 0);
    channelMix = new ChannelMix.Buffers(rows, c, hidden, shared.channelMix);
  }

  /** The memory of one block. */
  static Activations of(
      Config.Slot slot, Layout layout, int c, int rank, int hidden, Shared shared) {
    boolean recurrent = slot instanceof Config.Slot.Rwkv;
    return new Activations(layout, c, rank, hidden, recurrent, !recurrent, shared);
  }

  /** Memory for all blocks in turn. */
  static Activations forAll(Layout layout, Config config, int rank, int hidden, Shared shared) {
    boolean sparse = config.sparseBlocks() > 0;
    return new Activations(layout, config.embedding(), rank, hidden, true, sparse, shared);
  }

  /** About how many floats one block needs. */
  static long floats(int rows, int c, int headSize, int rank, int hidden) {
    long states = (long) c * headSize / Wkv7.RUN;
    return rows * (26L * c + states + 4L * rank + hidden);
  }
}
