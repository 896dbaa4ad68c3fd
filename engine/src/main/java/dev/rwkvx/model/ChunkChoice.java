package dev.rwkvx.model;

/**
 * What one query of one head of a sparse block attended to (RWKV-X, section 3).
 *
 * @param block index among the sparse blocks
 * @param head index in the block
 * @param query position of the query in the text
 * @param chunks the chunks that it attended to, ascending; the last is its own. Chunk c holds the
 *     positions c·B … c·B + B − 1
 * @param mass the share of the attention that went to each of {@code chunks}, 0 … 1; the sum is 1
 * @param gates q · mean(k) of every finished chunk, 0 … own − 1, chosen or not
 */
@SuppressWarnings("ArrayRecordComponent") // many and large; to be read, not compared
public record ChunkChoice(
    int block, int head, long query, int[] chunks, float[] mass, float[] gates) {
  /** {@return the chunk that the query lies in} */
  public int own() {
    return chunks[chunks.length - 1];
  }
}
