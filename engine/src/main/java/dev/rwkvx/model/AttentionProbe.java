package dev.rwkvx.model;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.PanelProduct;

/**
 * Tells an observer what the queries of a head attended to. It computes gates and attention once
 * more, so that the attention itself need not keep them. Holds the scratch memory of one worker.
 */
final class AttentionProbe {
  private static final int PAGE = KvCache.PAGE;
  private static final int PANEL = Kernels.PANEL;

  private final Kernels kernels;
  private final PanelProduct product;
  private final float[] scores = new float[PAGE];

  AttentionProbe(Kernels kernels, PanelProduct product) {
    this.kernels = kernels;
    this.product = product;
  }

  /**
   * Queries of one head whose keys are in the cache.
   *
   * @param q the head's N elements of query i at {@code offset + i·stride}
   * @param first position of query 0
   */
  @SuppressWarnings("ArrayRecordComponent") // identity is meant
  record Queries(
      KvCache cache, int block, int head, int rows, long first, float[] q, int offset, int stride) {
    int at(int row) {
      return offset + row * stride;
    }

    int own(int row) {
      return (int) ((first + row) / cache.chunkSize());
    }
  }

  /**
   * Reports the queries that the observer wants.
   *
   * @param attention has just run these queries
   */
  void report(Queries queries, ChunkAttention attention, AttentionObserver observer) {
    for (int row = 0; row < queries.rows; row++) {
      long position = queries.first + row;
      if (observer.wants(position)) {
        int[] chunks = attention.attended(row, queries.own(row));
        observer.accept(
            new ChunkChoice(
                queries.block,
                queries.head,
                position,
                chunks,
                mass(queries, row, chunks),
                gates(queries, row)));
      }
    }
  }

  private float[] gates(Queries queries, int row) {
    KvCache cache = queries.cache;
    float[] gates = new float[queries.own(row)];
    for (int from = 0; from < gates.length; from += PANEL) {
      product.run(
          cache.meanType(),
          cache.meanPage(from / PANEL),
          cache.meansAt(queries.head),
          0,
          0,
          Math.min(PANEL, gates.length - from),
          cache.headSize(),
          1,
          queries.q,
          queries.at(row),
          0,
          gates,
          from,
          0,
          false);
    }
    return gates;
  }

  private float[] mass(Queries queries, int row, int[] chunks) {
    double[] logs = new double[chunks.length];
    double total = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < chunks.length; i++) {
      logs[i] = logSum(queries, row, chunks[i]);
      total = logAdd(total, logs[i]);
    }
    float[] mass = new float[chunks.length];
    for (int i = 0; i < chunks.length; i++) {
      mass[i] = (float) Math.exp(logs[i] - total);
    }
    return mass;
  }

  /** log Σ exp(q · k / √N) over the keys of a chunk that the query may see. */
  private double logSum(Queries queries, int row, int chunk) {
    KvCache cache = queries.cache;
    double scale = 1.0 / Math.sqrt(cache.headSize());
    double log = Double.NEGATIVE_INFINITY;
    int end = (chunk + 1) * cache.pagesPerChunk();
    for (int page = end - cache.pagesPerChunk(); page < end; page++) {
      long visible = queries.first + row + 1 - cache.start(page);
      if (visible <= 0) {
        break;
      }
      int keys = (int) Math.min(visible, cache.capacity(page));
      product.run(
          cache.type(),
          cache.page(page),
          cache.keysAt(page, queries.head),
          cache.keyPanelStride(),
          0,
          keys,
          cache.headSize(),
          1,
          queries.q,
          queries.at(row),
          0,
          scores,
          0,
          0,
          false);
      float highest = kernels.max(scores, 0, keys);
      double sum = 0;
      for (int key = 0; key < keys; key++) {
        sum += Math.exp((scores[key] - highest) * scale);
      }
      log = logAdd(log, highest * scale + Math.log(sum));
    }
    return log;
  }

  private static double logAdd(double a, double b) {
    double larger = Math.max(a, b);
    return larger == Double.NEGATIVE_INFINITY
        ? larger
        : larger + Math.log(Math.exp(a - larger) + Math.exp(b - larger));
  }
}
