package dev.rwkvx.training;

/**
 * One block of the stack: x += mix(LN1 x); x += channelMix(LN2 x). Of the forward pass a block
 * keeps its input and, per segment, the state it starts from; the backward pass repeats the rest,
 * unless {@link Pass} has room for it.
 */
sealed interface Block permits RwkvBlock, SparseBlock {
  /**
   * All segments.
   *
   * @param all this block's, segment by segment
   * @param x the input of the whole batch (T,C)
   * @param y the output; may be x if nothing is kept
   * @param keep whether {@link #backward} follows
   */
  void forward(Machine machine, Pass pass, Activations[] all, float[] x, float[] y, boolean keep);

  /**
   * All segments, the last one first.
   *
   * @param all as {@link #forward} left it
   * @param x the input of the whole batch (T,C)
   * @param dx the gradient of the output, replaced by that of the input (T,C)
   */
  void backward(Machine machine, Pass pass, Activations[] all, float[] x, float[] dx);
}
