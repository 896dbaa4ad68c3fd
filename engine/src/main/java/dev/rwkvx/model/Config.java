package dev.rwkvx.model;

import dev.rwkvx.InputException;
import java.util.ArrayList;
import java.util.List;

/**
 * The sizes of a model.
 *
 * @param vocabulary token ids are in 0 … vocabulary − 1; V in the papers
 * @param embedding width of the residual stream; C
 * @param headSize width of a head; N
 * @param rwkvBlocks RWKV-7 blocks in the checkpoint
 * @param sparseBlocks sparse-attention blocks; 0 is plain RWKV-7
 * @param chunkSize keys per chunk of the sparse attention; B
 * @param topK chunks that a query attends to, its own included
 * @param keyWidth taps of the convolution over the keys of sparse blocks (arXiv 2511.11571); 0 for
 *     plain keys, the paper's; W
 */
public record Config(
    int vocabulary,
    int embedding,
    int headSize,
    int rwkvBlocks,
    int sparseBlocks,
    int chunkSize,
    int topK,
    int keyWidth) {
  /** Chunk size of the published models. */
  public static final int DEFAULT_CHUNK_SIZE = 2048;

  /** Chunks per query of the published models. */
  public static final int DEFAULT_TOP_K = 3;

  /** The largest chunk size: scores of one chunk are addressed by int. */
  static final int MAX_CHUNK_SIZE = 1 << 24;

  /** The most taps of a key convolution. */
  public static final int MAX_KEY_WIDTH = 16;

  /** Which kind of block stands where. */
  public sealed interface Slot {
    /**
     * RWKV-7 block {@code index}.
     *
     * @param index from 0, as in the names of tensors
     */
    record Rwkv(int index) implements Slot {}

    /**
     * Sparse-attention block {@code index}.
     *
     * @param index from 0, as in the names of tensors
     */
    record Sparse(int index) implements Slot {}
  }

  /** Checks the sizes; an {@link dev.rwkvx.InputException} names the one that is impossible. */
  public Config {
    require(vocabulary > 0 && embedding > 0 && headSize > 0 && rwkvBlocks > 0, "empty model");
    require(
        embedding % headSize == 0,
        "embedding size " + embedding + " is not a multiple of the head size " + headSize);
    require(
        sparseBlocks <= rwkvBlocks,
        "more sparse blocks (" + sparseBlocks + ") than RWKV-7 blocks (" + rwkvBlocks + ")");
    require(
        chunkSize >= 1 && chunkSize <= MAX_CHUNK_SIZE,
        "the chunk size must lie in 1 … " + MAX_CHUNK_SIZE + ", found " + chunkSize);
    require(topK >= 1, "top-k must be at least 1, found " + topK);
    require(
        keyWidth >= 0 && keyWidth <= MAX_KEY_WIDTH,
        "the width of the key convolution must lie in 0 … "
            + MAX_KEY_WIDTH
            + ", found "
            + keyWidth);
  }

  /**
   * A model whose sparse blocks have plain keys.
   *
   * @param vocabulary V
   * @param embedding C
   * @param headSize N
   * @param rwkvBlocks RWKV-7 blocks
   * @param sparseBlocks sparse-attention blocks
   * @param chunkSize keys per chunk; B
   * @param topK chunks per query
   */
  public Config(
      int vocabulary,
      int embedding,
      int headSize,
      int rwkvBlocks,
      int sparseBlocks,
      int chunkSize,
      int topK) {
    this(vocabulary, embedding, headSize, rwkvBlocks, sparseBlocks, chunkSize, topK, 0);
  }

  /**
   * {@return the same sizes with another width of the key convolution}
   *
   * @param width taps; 0 for plain keys
   */
  public Config withKeyWidth(int width) {
    return new Config(
        vocabulary, embedding, headSize, rwkvBlocks, sparseBlocks, chunkSize, topK, width);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new InputException("Impossible model: " + message);
    }
  }

  /** {@return heads of a block; H} */
  public int heads() {
    return embedding / headSize;
  }

  /**
   * {@return the stack, bottom first: after every {@code rwkvBlocks / sparseBlocks} RWKV-7 blocks
   * comes one sparse block} Like the official implementation this leaves out the last {@code
   * rwkvBlocks mod sparseBlocks} RWKV-7 blocks.
   */
  public List<Slot> stack() {
    List<Slot> stack = new ArrayList<>();
    if (sparseBlocks == 0) {
      for (int i = 0; i < rwkvBlocks; i++) {
        stack.add(new Slot.Rwkv(i));
      }
      return stack;
    }
    int step = rwkvBlocks / sparseBlocks;
    for (int j = 0; j < sparseBlocks; j++) {
      for (int i = j * step; i < (j + 1) * step; i++) {
        stack.add(new Slot.Rwkv(i));
      }
      stack.add(new Slot.Sparse(j));
    }
    return stack;
  }

  /** {@return RWKV-7 blocks that the official order never runs} */
  public int unusedBlocks() {
    return sparseBlocks == 0 ? 0 : rwkvBlocks % sparseBlocks;
  }
}
