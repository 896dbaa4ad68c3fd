package dev.rwkvx.training;

/** How much each token's loss counts. No gradient flows through the weight. */
@FunctionalInterface
public interface TokenWeights {
  /** Plain cross-entropy. */
  TokenWeights EQUAL = (_, _, _) -> 1f;

  /**
   * The weight of the prediction made at a position.
   *
   * @param sequence in the batch, from 0
   * @param position in the sequence, from 0
   * @param loss the cross-entropy of this prediction
   * @return the factor of its loss
   */
  float weight(int sequence, int position, float loss);
}
