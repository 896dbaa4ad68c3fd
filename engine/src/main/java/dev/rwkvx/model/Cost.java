package dev.rwkvx.model;

import dev.rwkvx.math.Matrix;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model has to read and to compute, whatever the implementation: the yardstick of {@code
 * rwkvx bench}.
 *
 * @param config the sizes of the model
 * @param blockWeights weights in the matrices of all blocks
 * @param blockBytes their bytes as stored
 * @param headWeights weights of the head
 * @param headBytes their bytes as stored
 */
public record Cost(
    Config config, long blockWeights, long blockBytes, long headWeights, long headBytes) {
  /** Bytes of a cached key or value element. */
  private static final int CACHE_ELEMENT = KvCache.ELEMENT_BYTES;

  static Cost of(Weights weights) {
    long elements = 0;
    long bytes = 0;
    for (Block block : weights.blocks()) {
      for (Matrix matrix : matrices(block)) {
        elements += (long) matrix.outputs() * matrix.inputs();
        bytes += matrix.panels().byteSize();
      }
    }
    Matrix head = weights.head();
    long headElements = (long) head.outputs() * head.inputs();
    return new Cost(weights.config(), elements, bytes, headElements, head.panels().byteSize());
  }

  private static List<Matrix> matrices(Block block) {
    List<Matrix> matrices = new ArrayList<>();
    switch (block) {
      case Block.Rwkv rwkv -> {
        TimeMix mix = rwkv.timeMix();
        matrices.addAll(List.of(mix.receptance(), mix.key(), mix.value(), mix.output()));
        matrices.addAll(List.of(mix.decay().first(), mix.decay().second()));
        matrices.addAll(List.of(mix.rate().first(), mix.rate().second()));
        matrices.addAll(List.of(mix.gate().first(), mix.gate().second()));
        if (mix.valueResidual() != null) {
          matrices.addAll(List.of(mix.valueResidual().first(), mix.valueResidual().second()));
        }
      }
      case Block.Sparse sparse -> {
        SparseAttention attention = sparse.attention();
        matrices.addAll(List.of(attention.query(), attention.key()));
        matrices.addAll(List.of(attention.value(), attention.output()));
      }
    }
    matrices.addAll(List.of(block.channelMix().key(), block.channelMix().value()));
    return matrices;
  }

  /** {@return bytes of all matrices: what one decoding step reads of the weights} */
  public long weightBytes() {
    return blockBytes + headBytes;
  }

  /**
   * {@return floating-point operations of reading {@code tokens} tokens from position {@code first}
   * on, a multiplication and an addition counting as two; logits of the last token only}
   *
   * @param first position of the first token, which is the number of tokens before it
   * @param tokens how many are read
   */
  public double prefillFlops(long first, int tokens) {
    double products = 2.0 * blockWeights * tokens + 2.0 * headWeights;
    return products + attentionFlops(config, first, tokens) + recurrenceFlops(config, tokens);
  }

  /**
   * {@return the part of attention, gates included: two for each of q·k and p·v, and dimension}
   *
   * @param config the sizes of a model
   * @param first position of the first token, which is the number of tokens before it
   * @param tokens how many are read
   */
  public static double attentionFlops(Config config, long first, int tokens) {
    double attended = 0;
    for (long t = first; t < first + tokens; t++) {
      attended += attendedKeys(config, t) + t / config.chunkSize() / 2.0;
    }
    return 4.0 * config.embedding() * config.sparseBlocks() * attended;
  }

  /**
   * {@return the part of the states: S κ, the decay, two rank-one updates and S r, 9 per element of
   * S}
   *
   * @param config the sizes of a model
   * @param tokens how many are read
   */
  public static double recurrenceFlops(Config config, int tokens) {
    return 9.0 * config.embedding() * config.headSize() * config.rwkvBlocks() * tokens;
  }

  /**
   * {@return bytes that decoding one token at a position has to read: weights, states, attended
   * cache}
   *
   * @param position the number of tokens before it
   */
  public double decodeBytes(long position) {
    double gates = (double) (position / config.chunkSize()) * Float.BYTES;
    double cache = 2.0 * attendedKeys(config, position) * CACHE_ELEMENT + gates;
    double states = (double) config.headSize() * Float.BYTES * config.rwkvBlocks();
    return weightBytes() + config.embedding() * (cache * config.sparseBlocks() + states);
  }

  /** Keys that the query at a position attends to, its own included. */
  private static long attendedKeys(Config config, long position) {
    long chunk = position / config.chunkSize();
    long finished = Math.min(chunk, config.topK() - 1L);
    return position % config.chunkSize() + 1 + finished * config.chunkSize();
  }
}
