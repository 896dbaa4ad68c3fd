package dev.rwkvx.training;

import dev.rwkvx.model.Config;
import dev.rwkvx.training.Layout.Segment;
import java.util.Arrays;
import java.util.List;

/**
 * The memory of a pass over batches of one size. Buffers are shared by all blocks; those that hold
 * a whole batch say so, the others hold a segment.
 *
 * <p>What the blocks compute in a forward pass is kept for the backward pass if there is room for
 * all of it; otherwise they share that memory too, and the backward pass repeats each of them.
 */
final class Pass {
  /** The most floats that all blocks keep: 1 GiB. */
  private static final long MOST_KEPT = 1 << 28;

  final Layout layout;
  final boolean backward;
  final List<Segment> segments;

  /** Whether the backward pass has to repeat the forward pass, block by block. */
  final boolean repeats;

  /** Of each block, segment by segment. */
  private final Activations[][] activations;

  // (T,C)
  final float[] embedded;
  final float[] dnormal;
  final float[] scratch;

  /** v_first of the whole batch. (T,C) */
  final float[] firstValues;

  /** Its gradient. (T,C) */
  final float[] dfirstValues;

  final SparseAttention.Buffers attention;
  final Head.Buffers head;

  /** Where the WKV states of each sequence are replaced. */
  Resets[] resets;

  Pass(Machine machine, Config config, Layout layout, int rank, int hidden, boolean backward) {
    this.layout = layout;
    this.backward = backward;
    segments = layout.segments();
    int c = config.embedding();
    int rows = layout.segmentRows();
    List<Config.Slot> stack = config.stack();
    repeats = !backward || repeats(config, layout, rank, hidden);
    int backRows = backward ? rows : 0;
    Activations.Shared shared =
        new Activations.Shared(
            new TimeMix.Gradients(backRows, c, rank, config.headSize(), machine.workers.count()),
            new ChannelMix.Gradients(backRows, hidden));
    activations = new Activations[stack.size()][];
    if (repeats) {
      Arrays.fill(activations, Activations.inTurn(layout, config, rank, hidden, shared));
    } else {
      for (int i = 0; i < activations.length; i++) {
        activations[i] = Activations.of(stack.get(i), layout, config, rank, hidden, shared);
      }
    }
    embedded = new float[rows * c];
    dnormal = new float[backRows * c];
    scratch = new float[backRows * c];
    firstValues = new float[layout.rows() * c];
    dfirstValues = new float[backward ? layout.rows() * c : 0];
    attention =
        new SparseAttention.Buffers(
            machine, config, config.sparseBlocks() == 0 ? 0 : layout.rows(), backward);
    head = new Head.Buffers(rows, c, config.vocabulary(), backward);
    resets = new Resets[layout.sequences()];
    Arrays.fill(resets, Resets.NONE);
  }

  /** Whether a backward pass has to repeat the forward pass. */
  static boolean repeats(Config config, Layout layout, int rank, int hidden) {
    long floats = Activations.floats(config.embedding(), config.headSize(), rank, hidden);
    return config.stack().size() * floats * layout.rows() > MOST_KEPT;
  }

  /** What block {@code block} of the stack leaves behind, segment by segment. */
  Activations[] of(int block) {
    return activations[block];
  }
}
