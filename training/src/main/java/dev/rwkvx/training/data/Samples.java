package dev.rwkvx.training.data;

/**
 * What a model is trained on: sequences of {@code context() + 1} tokens. Tokens {@code 0 … context
 * − 1} are the inputs, tokens {@code 1 … context} the targets. Sample numbers never end: an epoch
 * is {@link #size} of them, and every number gives the same tokens always, so that the position in
 * the data is one number. For any number of threads.
 */
public sealed interface Samples permits CubicSamples, PackedSamples, SftSamples {
  /** {@return the samples of an epoch, at least 1} */
  long size();

  /** {@return the inputs of a sample} */
  int context();

  /**
   * Reads a sample.
   *
   * @param sample from 0 on, beyond {@link #size} in further epochs
   * @param tokens takes {@code context() + 1} tokens
   * @param weights takes for each of {@code context()} inputs how much the target after it, {@code
   *     tokens[i + 1]}, counts in the loss; 0 for not at all
   * @throws dev.rwkvx.InputException when a token is outside the vocabulary
   */
  void read(long sample, int[] tokens, float[] weights);

  /**
   * {@link #read(long, int[], float[])} where nobody asks what counts.
   *
   * @param sample from 0; behind the last one of an epoch comes the next epoch
   * @param tokens receives the inputs and, shifted by one, their targets: {@link #context()} + 1
   */
  default void read(long sample, int[] tokens) {
    read(sample, tokens, new float[context()]);
  }
}
