package dev.rwkvx.training;

import dev.rwkvx.model.Config;
import dev.rwkvx.model.Cost;
import dev.rwkvx.training.Parameters.Parameter;

/**
 * What the gradients of all parameters take to compute, as {@link Cost} counts: products, state
 * updates and attention, a multiplication and an addition as two. Norms, exponentials and other
 * work on single elements do not count, nor does the optimiser.
 *
 * @param blockWeights weights in the matrices of all blocks
 * @param lastWeights those of the channel mixes' second products, which nobody has to repeat
 * @param headWeights weights of the head
 */
record TrainingCost(Config config, long blockWeights, long lastWeights, long headWeights) {
  /** Backward pass of the state updates: the states again, dS three times, and six sums. */
  private static final double RECURRENCE_BACKWARD = 29.0 / 9;

  /** Backward pass of attention: scores again, dp, dv, dk and dq to q·k and p·v. */
  private static final double ATTENTION_BACKWARD = 5.0 / 2;

  static TrainingCost of(Parameters parameters) {
    long blocks = 0;
    long last = 0;
    long head = 0;
    for (Parameter tensor : parameters.all()) {
      String name = tensor.name();
      if (name.endsWith("head.weight")) {
        head += tensor.values().length;
      } else if (tensor.squeezedRank() == 2
          && (name.contains(".att.") || name.contains(".ffn."))
          && !name.endsWith(".r_k")) {
        blocks += tensor.values().length;
        last += name.endsWith(".ffn.value.weight") ? tensor.values().length : 0;
      }
    }
    return new TrainingCost(parameters.config(), blocks, last, head);
  }

  /**
   * Operations of one sequence, forward and backward.
   *
   * @param repeats whether the backward pass repeats the forward pass of the blocks; attention
   *     itself is not repeated
   */
  double flops(int tokens, boolean repeats) {
    double weights = 3.0 * (blockWeights + headWeights);
    double recurrence = 1 + RECURRENCE_BACKWARD;
    if (repeats) {
      weights += blockWeights - lastWeights;
      recurrence++;
    }
    return 2.0 * weights * tokens
        + recurrence * Cost.recurrenceFlops(config, tokens)
        + (1 + ATTENTION_BACKWARD) * Cost.attentionFlops(config, 0, tokens);
  }
}
