package dev.rwkvx.evaluation.gate;

import dev.rwkvx.model.AttentionObserver;
import dev.rwkvx.model.ChunkChoice;
import dev.rwkvx.model.Config;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Counts the queries, between two positions, that attend to a chunk with a token of the needle. The
 * query's own chunk counts too.
 */
public final class GateHits implements AttentionObserver {
  private final long from;
  private final long to;
  private final BitSet needle;
  private final int[][] hits;
  private final Set<Long> queries = new HashSet<>();
  private final Set<Long> anyHits = new HashSet<>();

  /**
   * Nothing has been counted yet.
   *
   * @param config sizes of the model
   * @param needle the chunks that hold the needle
   * @param from the first position that counts: that of the last token of a prompt, whose query
   *     predicts the first token of the answer
   * @param to position behind the last that counts
   */
  public GateHits(Config config, BitSet needle, long from, long to) {
    this.from = from;
    this.to = to;
    this.needle = needle;
    hits = new int[config.sparseBlocks()][config.heads()];
  }

  @Override
  public boolean wants(long position) {
    return position >= from && position < to;
  }

  @Override
  public void accept(ChunkChoice choice) {
    add(choice.block(), choice.head(), choice.query(), choice.chunks());
  }

  /**
   * Counts a query of a head.
   *
   * @param block index among the sparse blocks
   * @param head index in the block
   * @param query position of the query
   * @param chunks that it attended to
   */
  public synchronized void add(int block, int head, long query, int[] chunks) {
    queries.add(query);
    for (int chunk : chunks) {
      if (needle.get(chunk)) {
        hits[block][head]++;
        anyHits.add(query);
        return;
      }
    }
  }

  /** {@return what has been counted; without a query all shares are 0} */
  public synchronized GateHit result() {
    int count = Math.max(1, queries.size());
    List<List<Double>> heads = new ArrayList<>();
    for (int[] block : hits) {
      List<Double> shares = new ArrayList<>();
      for (int hit : block) {
        shares.add((double) hit / count);
      }
      heads.add(shares);
    }
    return new GateHit(queries.size(), (double) anyHits.size() / count, heads);
  }
}
