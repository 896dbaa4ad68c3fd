package dev.rwkvx.training;

import dev.rwkvx.math.DenseProduct;
import dev.rwkvx.math.GradientKernels;
import dev.rwkvx.math.Kernels;
import java.util.Arrays;

/**
 * Top-k chunk sparse attention of one head of one sequence (RWKV-X, section 3; MODEL.md's rule),
 * forward and backward: a query at position t in chunk c attends, causally, to its own chunk and to
 * the topk − 1 finished chunks with the highest q · mean(k). Softmax over the union, scale 1/√N.
 *
 * <p>Work goes chunk by chunk: all queries that attend to a chunk meet its keys in pages, so that
 * it grows with the number of chosen keys and never with T². The gate has no gradient. Holds the
 * scratch memory of one worker.
 */
final class ChunkAttention {
  /** Keys that meet a query at once; the same as in inference. */
  private static final int PAGE = Kernels.BLOCK;

  /** Queries that meet a page at once. */
  private static final int GROUP = 126;

  /** Chunks whose gate is computed at once. */
  private static final int GATES = 64;

  private final Kernels kernels;
  private final GradientKernels gradients;
  private final DenseProduct product;
  private final int n;
  private final int c;
  private final int chunkSize;
  private final int others;
  private final float scale;

  private final float[] keys;
  private final float[] values;
  private final float[] dkeys;
  private final float[] dvalues;
  private final float[] queries;
  private final float[] douts;
  private final float[] partial;
  private final float[] scores;
  private final float[] dscores;

  // Per position of the sequence.
  private float[] maximum = Machine.NONE;
  private float[] sum = Machine.NONE;

  // Per chunk.
  private float[] means = Machine.NONE;
  private int[] askersStart = new int[0];

  /** Positions whose queries chose a chunk, chunk after chunk. */
  private int[] askers = new int[0];

  /** Positions whose queries attend to the chunk at hand. */
  private int[] members = new int[0];

  /**
   * @param others chunks that a query chooses besides its own; topk − 1
   */
  ChunkAttention(
      Kernels kernels,
      DenseProduct product,
      int headSize,
      int embedding,
      int chunkSize,
      int others) {
    this.kernels = kernels;
    gradients = kernels.gradients();
    this.product = product;
    n = headSize;
    c = embedding;
    this.chunkSize = chunkSize;
    this.others = others;
    scale = (float) (1.0 / Math.sqrt(n));
    keys = new float[PAGE * n];
    values = new float[PAGE * n];
    dkeys = new float[PAGE * n];
    dvalues = new float[PAGE * n];
    queries = new float[GROUP * n];
    douts = new float[GROUP * n];
    partial = new float[GROUP * n];
    scores = new float[GROUP * PAGE];
    dscores = new float[GROUP * PAGE];
  }

  /** A head of a sequence: where its rows lie, and its elements within a row. */
  record Head(Layout layout, int sequence, int head) {
    int at(int position, int n, int c) {
      return layout.row(sequence, position) * c + head * n;
    }
  }

  /**
   * What the backward pass needs of the forward pass, for all heads of all sequences.
   *
   * @param y the results (T,C)
   * @param logSums log Σ exp(score·scale) / scale of each query, from {@code unit·T} on
   * @param chosen the chosen finished chunks of each query, ascending, −1 for none, from {@code
   *     unit·T·(topk − 1)} on
   */
  record Kept(float[] y, float[] logSums, int[] chosen) {}

  // --- forward -------------------------------------------------------------------------------

  /**
   * @param unit index of this head of this sequence in {@code kept}
   * @param q (T,C), as k and v are
   */
  void forward(Head head, int unit, float[] q, float[] k, float[] v, Kept kept) {
    int length = head.layout.length();
    reserve(length);
    int at = unit * length * others;
    select(head, q, k, kept.chosen, at);
    listAskers(kept.chosen, at, length);
    Arrays.fill(maximum, 0, length, Float.NEGATIVE_INFINITY);
    Arrays.fill(sum, 0, length, 0f);
    for (int t = 0; t < length; t++) {
      int to = head.at(t, n, c);
      Arrays.fill(kept.y, to, to + n, 0f);
    }
    for (int chunk = 0; chunk * chunkSize < length; chunk++) {
      int count = listMembers(chunk, length);
      int end = Math.min((chunk + 1) * chunkSize, length);
      for (int page = chunk * chunkSize; page < end; page += PAGE) {
        int pageKeys = Math.min(PAGE, end - page);
        gather(head, page, pageKeys, k, keys);
        gather(head, page, pageKeys, v, values);
        for (int from = firstFrom(page, count); from < count; from += GROUP) {
          attend(head, page, pageKeys, from, Math.min(GROUP, count - from), q, kept.y);
        }
      }
    }
    for (int t = 0; t < length; t++) {
      kernels.scale(kept.y, head.at(t, n, c), 1f / sum[t], n);
      kept.logSums[unit * length + t] = maximum[t] + (float) (Math.log(sum[t]) / scale);
    }
  }

  /** softmax(q kᵀ · scale) v for a group of queries and a page of keys, with running maxima. */
  private void attend(
      Head head, int page, int pageKeys, int from, int count, float[] q, float[] y) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(q, head.at(members[from + i], n, c), queries, i * n, n);
    }
    product.nt(count, pageKeys, n, queries, 0, n, keys, 0, n, scores, 0, PAGE, false);
    for (int i = 0; i < count; i++) {
      int t = members[from + i];
      int row = i * PAGE;
      int seen = Math.min(t + 1 - page, pageKeys);
      float highest = Math.max(maximum[t], kernels.max(scores, row, seen));
      float share = (float) Math.exp((maximum[t] - highest) * scale);
      // Whole rounds of partial sums; what stands behind the visible keys adds nothing.
      int padded = Math.min((seen + Kernels.PARTIALS - 1) & -Kernels.PARTIALS, PAGE);
      Arrays.fill(scores, row + seen, row + padded, Float.NEGATIVE_INFINITY);
      sum[t] = sum[t] * share + kernels.expSum(scores, row, padded, highest, scale);
      maximum[t] = highest;
      kernels.scale(y, head.at(t, n, c), share, n);
      Arrays.fill(scores, row + seen, row + Math.max(pageKeys, padded), 0f);
    }
    product.nn(count, n, pageKeys, scores, 0, PAGE, values, 0, n, partial, 0, n, false);
    for (int i = 0; i < count; i++) {
      kernels.add(partial, i * n, y, head.at(members[from + i], n, c), n);
    }
  }

  // --- backward ------------------------------------------------------------------------------

  /**
   * @param dy (T,C)
   * @param dq overwritten, as are dk and dv
   */
  void backward(
      Head head,
      int unit,
      float[] q,
      float[] k,
      float[] v,
      Kept kept,
      float[] dy,
      float[] dq,
      float[] dk,
      float[] dv) {
    int length = head.layout.length();
    reserve(length);
    listAskers(kept.chosen, unit * length * others, length);
    // y = Σ p v, p = softmax(s): ds = p·(dp − Σ p·dp), dp = dy vᵀ, Σ p·dp = dy·y
    float[] mean = sum;
    for (int t = 0; t < length; t++) {
      int at = head.at(t, n, c);
      mean[t] = gradients.dot(dy, at, kept.y, at, n);
      Arrays.fill(dq, at, at + n, 0f);
    }
    for (int chunk = 0; chunk * chunkSize < length; chunk++) {
      int count = listMembers(chunk, length);
      int end = Math.min((chunk + 1) * chunkSize, length);
      for (int page = chunk * chunkSize; page < end; page += PAGE) {
        int pageKeys = Math.min(PAGE, end - page);
        gather(head, page, pageKeys, k, keys);
        gather(head, page, pageKeys, v, values);
        Arrays.fill(dkeys, 0, pageKeys * n, 0f);
        Arrays.fill(dvalues, 0, pageKeys * n, 0f);
        for (int from = firstFrom(page, count); from < count; from += GROUP) {
          attendBackward(
              head,
              page,
              pageKeys,
              from,
              Math.min(GROUP, count - from),
              q,
              kept.logSums,
              unit * length,
              mean,
              dy,
              dq);
        }
        scatter(head, page, pageKeys, dkeys, dk);
        scatter(head, page, pageKeys, dvalues, dv);
      }
    }
  }

  private void attendBackward(
      Head head,
      int page,
      int pageKeys,
      int from,
      int count,
      float[] q,
      float[] logSums,
      int logSumsAt,
      float[] mean,
      float[] dy,
      float[] dq) {
    for (int i = 0; i < count; i++) {
      int at = head.at(members[from + i], n, c);
      System.arraycopy(q, at, queries, i * n, n);
      System.arraycopy(dy, at, douts, i * n, n);
    }
    // p = exp((q kᵀ − log sum)·scale), dp = dy vᵀ
    product.nt(count, pageKeys, n, queries, 0, n, keys, 0, n, scores, 0, PAGE, false);
    product.nt(count, pageKeys, n, douts, 0, n, values, 0, n, dscores, 0, PAGE, false);
    for (int i = 0; i < count; i++) {
      int t = members[from + i];
      int row = i * PAGE;
      int seen = Math.min(t + 1 - page, pageKeys);
      gradients.expDifference(scores, row, seen, logSums[logSumsAt + t], scale);
      Arrays.fill(scores, row + seen, row + pageKeys, 0f);
      // ds = p·(dp − Σ p·dp)·scale
      gradients.softmax(scores, dscores, row, pageKeys, mean[t], scale);
    }
    // dv += pᵀ dy, dk += dsᵀ q, dq += ds k
    product.tn(pageKeys, n, count, scores, 0, PAGE, douts, 0, n, dvalues, 0, n);
    product.tn(pageKeys, n, count, dscores, 0, PAGE, queries, 0, n, dkeys, 0, n);
    product.nn(count, n, pageKeys, dscores, 0, PAGE, keys, 0, n, partial, 0, n, false);
    for (int i = 0; i < count; i++) {
      kernels.add(partial, i * n, dq, head.at(members[from + i], n, c), n);
    }
  }

  // --- the gate ------------------------------------------------------------------------------

  /** Chooses finished chunks for every query, into {@code chosen} from {@code at} on. */
  private void select(Head head, float[] q, float[] k, int[] chosen, int at) {
    int length = head.layout.length();
    Arrays.fill(chosen, at, at + length * others, -1);
    // The first ones have no more finished chunks than places.
    int choosing = (int) Math.min(length, (others + 1L) * chunkSize);
    for (int t = 0; t < choosing; t++) {
      for (int chunk = 0; chunk < t / chunkSize; chunk++) {
        chosen[at + t * others + chunk] = chunk;
      }
    }
    if (others == 0 || choosing == length) {
      return;
    }
    meanKeys(head, k);
    float[] best = new float[GROUP * others];
    for (int first = choosing; first < length; first += GROUP) {
      int count = Math.min(GROUP, length - first);
      gather(head, first, count, q, queries);
      int finished = (first + count - 1) / chunkSize;
      for (int chunk = 0; chunk < finished; chunk += GATES) {
        int width = Math.min(GATES, finished - chunk);
        product.nt(count, width, n, queries, 0, n, means, chunk * n, n, scores, 0, PAGE, false);
        for (int i = 0; i < count; i++) {
          int t = first + i;
          int end = Math.min(width, t / chunkSize - chunk);
          for (int j = 0; j < end; j++) {
            offer(chosen, at + t * others, best, i * others, chunk + j, scores[i * PAGE + j]);
          }
        }
      }
      for (int t = first; t < first + count; t++) {
        Arrays.sort(chosen, at + t * others, at + (t + 1) * others);
      }
    }
  }

  private void meanKeys(Head head, float[] k) {
    int finished = head.layout.length() / chunkSize;
    if (means.length < finished * n) {
      means = new float[finished * n];
    }
    double[] sums = new double[n];
    for (int chunk = 0; chunk < finished; chunk++) {
      Arrays.fill(sums, 0);
      for (int t = chunk * chunkSize; t < (chunk + 1) * chunkSize; t++) {
        int at = head.at(t, n, c);
        for (int i = 0; i < n; i++) {
          sums[i] += k[at + i];
        }
      }
      for (int i = 0; i < n; i++) {
        means[chunk * n + i] = (float) (sums[i] / chunkSize);
      }
    }
  }

  /** Keeps the best chunks, best first; of equals the one offered earlier. */
  private void offer(int[] chosen, int at, float[] best, int bestAt, int chunk, float score) {
    int place = others;
    while (place > 0 && (chosen[at + place - 1] < 0 || score > best[bestAt + place - 1])) {
      place--;
    }
    if (place == others) {
      return;
    }
    System.arraycopy(chosen, at + place, chosen, at + place + 1, others - place - 1);
    System.arraycopy(best, bestAt + place, best, bestAt + place + 1, others - place - 1);
    chosen[at + place] = chunk;
    best[bestAt + place] = score;
  }

  /** Sorts queries by the chunks they chose. */
  private void listAskers(int[] chosen, int at, int length) {
    int chunks = (length + chunkSize - 1) / chunkSize;
    Arrays.fill(askersStart, 0, chunks + 2, 0);
    // Counts stand two places on: filling in then leaves the starts one place on.
    for (int i = at; i < at + length * others; i++) {
      if (chosen[i] >= 0) {
        askersStart[chosen[i] + 2]++;
      }
    }
    for (int chunk = 0; chunk < chunks; chunk++) {
      askersStart[chunk + 2] += askersStart[chunk + 1];
    }
    for (int t = 0; t < length; t++) {
      for (int i = at + t * others; i < at + (t + 1) * others; i++) {
        if (chosen[i] >= 0) {
          askers[askersStart[chosen[i] + 1]++] = t;
        }
      }
    }
  }

  /** Lists who attends to a chunk, in time order; gives their number. */
  private int listMembers(int chunk, int length) {
    int own = Math.min(chunkSize, length - chunk * chunkSize);
    for (int i = 0; i < own; i++) {
      members[i] = chunk * chunkSize + i;
    }
    int count = askersStart[chunk + 1] - askersStart[chunk];
    System.arraycopy(askers, askersStart[chunk], members, own, count);
    return own + count;
  }

  /** The first member that sees the keys from {@code page} on. */
  private int firstFrom(int page, int count) {
    int from = 0;
    while (from < count && members[from] < page) {
      from++;
    }
    return from;
  }

  // --- memory --------------------------------------------------------------------------------

  private void reserve(int length) {
    if (maximum.length < length) {
      maximum = new float[length];
      sum = new float[length];
      members = new int[length];
      askers = new int[length * others];
    }
    int chunks = (length + chunkSize - 1) / chunkSize;
    if (askersStart.length < chunks + 2) {
      askersStart = new int[chunks + 2];
    }
  }

  private void gather(Head head, int first, int count, float[] from, float[] to) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(from, head.at(first + i, n, c), to, i * n, n);
    }
  }

  private void scatter(Head head, int first, int count, float[] from, float[] to) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(from, i * n, to, head.at(first + i, n, c), n);
    }
  }
}
