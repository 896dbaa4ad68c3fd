package dev.rwkvx.evaluation.trace;

import dev.rwkvx.model.ChunkChoice;

/**
 * What one query of one head read.
 *
 * @param block index among the sparse blocks
 * @param head index in the block
 * @param query position of the query's token
 * @param chunks that it attended to, ascending; the last is its own
 * @param mass the share of the attention of each of them
 * @param gates q · mean(k) of each of them but the last
 * @param ranks the place of each but the last among all finished chunks: 1 is the highest gate
 */
@SuppressWarnings("ArrayRecordComponent") // to be read, not compared
record Reading(
    int block, int head, long query, int[] chunks, float[] mass, float[] gates, int[] ranks) {
  static Reading of(ChunkChoice choice) {
    int[] chunks = choice.chunks();
    float[] gates = new float[chunks.length - 1];
    int[] ranks = new int[gates.length];
    for (int i = 0; i < gates.length; i++) {
      gates[i] = choice.gates()[chunks[i]];
      ranks[i] = rank(choice.gates(), chunks[i]);
    }
    return new Reading(
        choice.block(), choice.head(), choice.query(), chunks, choice.mass(), gates, ranks);
  }

  /** Of equal gates the earlier one comes first. */
  private static int rank(float[] gates, int chunk) {
    int rank = 1;
    for (int other = 0; other < gates.length; other++) {
      if (gates[other] > gates[chunk] || (gates[other] == gates[chunk] && other < chunk)) {
        rank++;
      }
    }
    return rank;
  }

  int own() {
    return chunks[chunks.length - 1];
  }
}
