package dev.rwkvx.model;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.PanelEntry;
import dev.rwkvx.math.PanelProduct;
import dev.rwkvx.math.WeightType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Top-k chunk sparse attention of one head over a run of queries (RWKV-X, section 3; MODEL.md's
 * rule): a query at position t in chunk c attends, causally, to its own chunk and to the topk − 1
 * finished chunks with the highest q · mean(k). Softmax over the union, scale 1/√N.
 *
 * <p>Each query meets its chunks in time order, page by page, with a running maximum and sum, so
 * that its result is the same bits whether it is asked alone or in a run. Holds the scratch memory
 * of one worker.
 */
final class ChunkAttention {
  private static final int PANEL = Kernels.PANEL;
  private static final int PAGE = KvCache.PAGE;

  /** Queries that share the widened keys and values of a page. */
  private static final int GROUP = 126;

  private final Kernels kernels;
  private final PanelProduct product;
  private final float[] query;
  private final float[] scores = new float[GROUP * PAGE];
  private final float[] weighted;
  private final float[] gates = new float[GROUP * PANEL];
  private final int[] group = new int[GROUP];

  // With 8-bit values only: the scales of a page and the weights times these.
  private final float[] scales = new float[PAGE];
  private float[] scaled = new float[0];

  // Per query of the run.
  private float[] maximum = new float[0];
  private float[] sum = new float[0];
  private int[] cursor = new int[0];

  /** The chosen finished chunks of each query, ascending, and their scores while choosing. */
  private int[] chosen = new int[0];

  private int[] chosenCount = new int[0];

  /** Places for each query in {@link #chosen}, in the latest run. */
  private int places;

  private float[] chosenScore = new float[0];

  ChunkAttention(Kernels kernels, PanelProduct product, int headSize) {
    this.kernels = kernels;
    this.product = product;
    query = new float[GROUP * headSize];
    weighted = new float[GROUP * headSize];
  }

  /**
   * Attends with {@code rows} queries at positions {@code first …}, whose keys and values are in
   * the cache already.
   *
   * @param q the head's N elements of query i at {@code offset + i·stride}
   * @param y the results, placed like the queries
   */
  void run(
      KvCache cache,
      int head,
      int topK,
      int rows,
      long first,
      float[] q,
      float[] y,
      int offset,
      int stride) {
    int n = cache.headSize();
    int lastChunk = (int) ((first + rows - 1) / cache.chunkSize());
    int most = Math.min(topK - 1, lastChunk);
    reserve(rows, most);
    select(cache, head, most, rows, first, q, offset, stride);
    for (int row = 0; row < rows; row++) {
      maximum[row] = Float.NEGATIVE_INFINITY;
      sum[row] = 0f;
      cursor[row] = 0;
      int at = offset + row * stride;
      Arrays.fill(y, at, at + n, 0f);
    }
    for (int chunk = 0; chunk <= lastChunk; chunk++) {
      int size = 0;
      for (int row = 0; row < rows; row++) {
        if (attends(row, chunk, most, (first + row) / cache.chunkSize())) {
          group[size++] = row;
          if (size == GROUP) {
            attend(cache, head, chunk, size, first, q, y, offset, stride);
            size = 0;
          }
        }
      }
      if (size > 0) {
        attend(cache, head, chunk, size, first, q, y, offset, stride);
      }
    }
    for (int row = 0; row < rows; row++) {
      kernels.scale(y, offset + row * stride, 1f / sum[row], n);
    }
  }

  /** The chunks that query {@code row} of the latest run attended to, ascending, its own last. */
  int[] attended(int row, int own) {
    int from = row * places;
    int[] chunks = Arrays.copyOfRange(chosen, from, from + chosenCount[row] + 1);
    chunks[chosenCount[row]] = own;
    return chunks;
  }

  private void reserve(int rows, int most) {
    places = most;
    if (maximum.length < rows) {
      maximum = new float[rows];
      sum = new float[rows];
      cursor = new int[rows];
      chosenCount = new int[rows];
    }
    if (chosen.length < rows * most) {
      chosen = new int[rows * most];
      chosenScore = new float[most];
    } else if (chosenScore.length < most) {
      chosenScore = new float[most];
    }
  }

  /** Whether query {@code row} of chunk {@code own} attends to {@code chunk}; asked in order. */
  private boolean attends(int row, int chunk, int most, long own) {
    if (chunk == own) {
      return true;
    }
    if (cursor[row] < chosenCount[row] && chosen[row * most + cursor[row]] == chunk) {
      cursor[row]++;
      return true;
    }
    return false;
  }

  // --- the gate ------------------------------------------------------------------------------

  private void select(
      KvCache cache, int head, int most, int rows, long first, float[] q, int offset, int stride) {
    int row = 0;
    for (; row < rows; row++) {
      int finished = (int) ((first + row) / cache.chunkSize());
      if (finished > most) {
        break;
      }
      for (int chunk = 0; chunk < finished; chunk++) {
        chosen[row * most + chunk] = chunk;
      }
      chosenCount[row] = finished;
    }
    // From here on there are more finished chunks than places.
    for (; row < rows; row += GROUP) {
      int count = Math.min(GROUP, rows - row);
      int chunks = (int) ((first + row + count - 1) / cache.chunkSize());
      gate(cache, head, most, row, count, chunks, first, q, offset, stride);
    }
  }

  /** Chooses for {@code count} queries, of which the last has {@code chunks} finished chunks. */
  private void gate(
      KvCache cache,
      int head,
      int most,
      int from,
      int count,
      int chunks,
      long first,
      float[] q,
      int offset,
      int stride) {
    Arrays.fill(chosenCount, from, from + count, 0);
    if (most == 0) {
      return;
    }
    if (chosenScore.length < count * most) {
      chosenScore = new float[count * most];
    }
    for (int page = 0; page * PANEL < chunks; page++) {
      int width = Math.min(PANEL, chunks - page * PANEL);
      product.run(
          cache.meanType(),
          cache.meanPage(page),
          cache.meansAt(head),
          0,
          0,
          width,
          cache.headSize(),
          count,
          q,
          offset + from * stride,
          stride,
          gates,
          0,
          PANEL,
          false);
      for (int i = 0; i < count; i++) {
        int finished = (int) ((first + from + i) / cache.chunkSize());
        int end = Math.min(width, finished - page * PANEL);
        for (int c = 0; c < end; c++) {
          offer(from + i, i * most, most, page * PANEL + c, gates[i * PANEL + c]);
        }
      }
    }
    for (int i = 0; i < count; i++) {
      int row = from + i;
      Arrays.sort(chosen, row * most, row * most + chosenCount[row]);
    }
  }

  /** Keeps the best {@code most} chunks, best first; of equals the one offered earlier. */
  private void offer(int row, int scoreAt, int most, int chunk, float score) {
    int at = row * most;
    int count = chosenCount[row];
    if (count == most) {
      if (!(score > chosenScore[scoreAt + most - 1])) {
        return;
      }
      count--;
    } else {
      chosenCount[row]++;
    }
    while (count > 0 && score > chosenScore[scoreAt + count - 1]) {
      chosen[at + count] = chosen[at + count - 1];
      chosenScore[scoreAt + count] = chosenScore[scoreAt + count - 1];
      count--;
    }
    chosen[at + count] = chunk;
    chosenScore[scoreAt + count] = score;
  }

  // --- softmax(q kᵀ / √N) v, one chunk -------------------------------------------------------

  private void attend(
      KvCache cache,
      int head,
      int chunk,
      int size,
      long first,
      float[] q,
      float[] y,
      int offset,
      int stride) {
    int n = cache.headSize();
    for (int i = 0; i < size; i++) {
      System.arraycopy(q, offset + group[i] * stride, query, i * n, n);
    }
    long newest = first + group[size - 1];
    int page = chunk * cache.pagesPerChunk();
    int end = page + cache.pagesPerChunk();
    for (; page < end && cache.start(page) <= newest; page++) {
      // Queries are in time order: the first ones may lie before this page.
      int from = 0;
      while (first + group[from] < cache.start(page)) {
        from++;
      }
      attendPage(cache, head, page, from, size, first, y, offset, stride);
    }
  }

  private void attendPage(
      KvCache cache,
      int head,
      int page,
      int from,
      int size,
      long first,
      float[] y,
      int offset,
      int stride) {
    int n = cache.headSize();
    int rows = size - from;
    MemorySegment data = cache.page(page);
    int keys = visible(cache, page, first + group[size - 1]);
    product.run(
        cache.type(),
        data,
        cache.keysAt(page, head),
        cache.keyPanelStride(),
        0,
        keys,
        n,
        rows,
        query,
        from * n,
        n,
        scores,
        0,
        PAGE,
        false);
    float scale = (float) (1.0 / Math.sqrt(n));
    for (int i = 0; i < rows; i++) {
      int row = group[from + i];
      int at = i * PAGE;
      int seen = visible(cache, page, first + row);
      float highest = Math.max(maximum[row], kernels.max(scores, at, seen));
      float kept = (float) Math.exp((maximum[row] - highest) * scale);
      // Whole rounds of partial sums; what stands behind the visible keys adds nothing.
      int padded = Math.min((seen + Kernels.PARTIALS - 1) & -Kernels.PARTIALS, PAGE);
      Arrays.fill(scores, at + seen, at + padded, Float.NEGATIVE_INFINITY);
      sum[row] = sum[row] * kept + kernels.expSum(scores, at, padded, highest, scale);
      maximum[row] = highest;
      kernels.scale(y, offset + row * stride, kept, n);
      Arrays.fill(scores, at + seen, at + Math.max(keys, padded), 0f);
    }
    if (cache.type() == WeightType.Q8) {
      weighScaled(cache, head, page, keys, rows);
    } else {
      product.run(
          cache.type(),
          data,
          cache.valuesAt(page, head),
          cache.valuePanelStride(page),
          0,
          n,
          keys,
          rows,
          scores,
          0,
          PAGE,
          weighted,
          0,
          n,
          false);
    }
    for (int i = 0; i < rows; i++) {
      kernels.add(weighted, i * n, y, offset + group[from + i] * stride, n);
    }
  }

  /** Σ weight · scale · code: each key's values have scales of their own, one for 32 dimensions. */
  private void weighScaled(KvCache cache, int head, int page, int keys, int rows) {
    int n = cache.headSize();
    if (scaled.length == 0) {
      scaled = new float[GROUP * PAGE];
    }
    // The kernels take whole groups of inputs; codes behind the last key count nothing.
    int padded = Math.min((keys + PanelEntry.GROUP - 1) & -PanelEntry.GROUP, PAGE);
    for (int from = 0; from < n; from += PANEL) {
      long at = cache.valueScalesAt(page, head) + from / PANEL * cache.valueScaleStride(page);
      MemorySegment.copy(cache.page(page), ValueLayout.JAVA_FLOAT, at, scales, 0, keys);
      for (int i = 0; i < rows; i++) {
        System.arraycopy(scores, i * PAGE, scaled, i * PAGE, keys);
        kernels.multiply(scales, 0, scaled, i * PAGE, keys);
        Arrays.fill(scaled, i * PAGE + keys, i * PAGE + padded, 0f);
      }
      product.run(
          cache.type(),
          cache.page(page),
          cache.valuesAt(page, head) + from / PANEL * cache.valuePanelStride(page),
          0,
          0,
          PANEL,
          padded,
          rows,
          scaled,
          0,
          PAGE,
          weighted,
          from,
          n,
          false);
    }
  }

  /** Keys of a page that a query at {@code position} may see. */
  private static int visible(KvCache cache, int page, long position) {
    return (int) Math.min(position + 1 - cache.start(page), cache.capacity(page));
  }
}
