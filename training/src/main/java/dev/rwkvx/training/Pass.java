package dev.rwkvx.training;

import dev.rwkvx.model.Config;
import dev.rwkvx.training.Layout.Segment;
import java.util.List;

/**
 * The memory of a pass over batches of one size. Buffers are shared by all blocks; those that hold
 * a whole batch say so, the others hold a segment.
 */
final class Pass {
  final Layout layout;
  final boolean backward;
  final List<Segment> segments;

  // (T,C)
  final float[] normal;
  final float[] middle;
  final float[] normalMiddle;
  final float[] dnormal;
  final float[] scratch;

  /** v_first of the whole batch. (T,C) */
  final float[] firstValues;

  /** Its gradient. (T,C) */
  final float[] dfirstValues;

  final TimeMix.Buffers timeMix;
  final ChannelMix.Buffers channelMix;
  final SparseAttention.Buffers attention;
  final Head.Buffers head;

  /** Positions at which the WKV states of each sequence are cleared. */
  int[][] resets;

  Pass(Machine machine, Config config, Layout layout, int rank, int hidden, boolean backward) {
    this.layout = layout;
    this.backward = backward;
    segments = layout.segments();
    int c = config.embedding();
    int rows = layout.segmentRows();
    normal = new float[rows * c];
    middle = new float[rows * c];
    normalMiddle = new float[rows * c];
    dnormal = new float[backward ? rows * c : 0];
    scratch = new float[backward ? rows * c : 0];
    firstValues = new float[layout.rows() * c];
    dfirstValues = new float[backward ? layout.rows() * c : 0];
    timeMix =
        new TimeMix.Buffers(rows, c, rank, config.headSize(), machine.workers.count(), backward);
    channelMix = new ChannelMix.Buffers(rows, c, hidden, backward);
    attention =
        new SparseAttention.Buffers(
            machine, config, config.sparseBlocks() == 0 ? 0 : layout.rows(), backward);
    head = new Head.Buffers(rows, c, config.vocabulary(), backward);
    resets = new int[layout.sequences()][0];
  }
}
