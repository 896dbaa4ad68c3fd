package dev.rwkvx.training;

import dev.rwkvx.math.DenseProduct;
import dev.rwkvx.math.DenseProduct.Panels;
import dev.rwkvx.math.GradientKernels;
import dev.rwkvx.math.Kernels;
import java.util.Arrays;

/**
 * Top-k chunk sparse attention of one head of one sequence (RWKV-X, section 3; MODEL.md's rule),
 * forward and backward: a query at position t in chunk c attends, causally, to its own chunk and to
 * the topk − 1 finished chunks with the highest q · mean(k). Softmax over the union, scale 1/√N.
 *
 * <p>Work goes chunk by chunk: all queries that attend to a chunk meet its keys in pages, so that
 * it grows with the number of chosen keys and never with T². A few pages are brought to their form
 * at a time and met by one group of queries after the other, whose rows lie scattered over the
 * sequence and are fetched and put back once. The gate has no gradient. Holds the scratch memory of
 * one worker.
 */
final class ChunkAttention {
  /** Keys that meet a query at once; the same as in inference. */
  private static final int PAGE = Kernels.BLOCK;

  /** The same on the way back, where all that is computed with a page should stay in the cache. */
  private static final int BACK_PAGE = PAGE / 2;

  /** The most keys in their form at a time, a number of pages. */
  private static final int SPAN = 4 * PAGE;

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

  // Of a span. Factors of q kᵀ, of dy vᵀ, and page by page of p v and of ds k.
  private final float[] keys;
  private final float[] values;
  private final float[] dkeys;
  private final float[] dvalues;
  private final Panels byKeys;
  private final Panels byValues;
  private final Panels[] valuePages;
  private final Panels[] keyPages;

  // Of a group.
  private final float[] queries;
  private final float[] outs;
  private final float[] douts;
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
    int span = (int) Math.min(SPAN, Math.ceilDiv(chunkSize, PAGE) * (long) PAGE);
    keys = new float[span * n];
    values = new float[span * n];
    dkeys = new float[span * n];
    dvalues = new float[span * n];
    byKeys = new Panels(span, n);
    byValues = new Panels(span, n);
    valuePages = pages(span / PAGE, PAGE);
    keyPages = pages(span / BACK_PAGE, BACK_PAGE);
    queries = new float[GROUP * n];
    outs = new float[GROUP * n];
    douts = new float[GROUP * n];
    scores = new float[GROUP * PAGE];
    dscores = new float[GROUP * BACK_PAGE];
  }

  private Panels[] pages(int count, int rows) {
    Panels[] pages = new Panels[count];
    for (int i = 0; i < count; i++) {
      pages[i] = new Panels(n, rows);
    }
    return pages;
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
      for (int span = chunk * chunkSize; span < end; span += SPAN) {
        int spanKeys = Math.min(SPAN, end - span);
        fetch(head, span, spanKeys, k, keys);
        fetch(head, span, spanKeys, v, values);
        product.formTransposed(spanKeys, n, keys, 0, n, byKeys);
        for (int page = 0; page < spanKeys; page += PAGE) {
          int pageKeys = Math.min(PAGE, spanKeys - page);
          product.form(n, pageKeys, values, page * n, n, valuePages[page / PAGE]);
        }
        for (int from = firstFrom(span, 0, count); from < count; from += GROUP) {
          int group = Math.min(GROUP, count - from);
          gather(head, from, group, q, queries);
          gather(head, from, group, kept.y, outs);
          for (int page = 0; page < spanKeys; page += PAGE) {
            attend(span, page, Math.min(PAGE, spanKeys - page), from, group);
          }
          scatter(head, from, group, outs, kept.y);
        }
      }
    }
    for (int t = 0; t < length; t++) {
      kernels.scale(kept.y, head.at(t, n, c), 1f / sum[t], n);
      kept.logSums[unit * length + t] = maximum[t] + (float) (Math.log(sum[t]) / scale);
    }
  }

  /**
   * softmax(q kᵀ · scale) v for a group of queries and a page of keys, with running maxima.
   *
   * @param span position of the span's first key
   * @param page the page's first key, counted from there
   * @param from the group's first member
   */
  private void attend(int span, int page, int pageKeys, int from, int group) {
    int first = span + page;
    int seeing = firstFrom(first, from, from + group) - from;
    int count = group - seeing;
    int at = seeing * n;
    product.multiply(count, queries, at, n, byKeys, page, pageKeys, scores, 0, PAGE, false);
    for (int i = 0; i < count; i++) {
      int t = members[from + seeing + i];
      int row = i * PAGE;
      int seen = Math.min(t + 1 - first, pageKeys);
      float highest = Math.max(maximum[t], kernels.max(scores, row, seen));
      float share = (float) Math.exp((maximum[t] - highest) * scale);
      // Whole rounds of partial sums; what stands behind the visible keys adds nothing.
      int padded = Math.min((seen + Kernels.PARTIALS - 1) & -Kernels.PARTIALS, PAGE);
      Arrays.fill(scores, row + seen, row + padded, Float.NEGATIVE_INFINITY);
      sum[t] = sum[t] * share + kernels.expSum(scores, row, padded, highest, scale);
      maximum[t] = highest;
      kernels.scale(outs, (seeing + i) * n, share, n);
      Arrays.fill(scores, row + seen, row + Math.max(pageKeys, padded), 0f);
    }
    product.multiply(count, scores, 0, PAGE, valuePages[page / PAGE], 0, n, outs, at, n, true);
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
      for (int span = chunk * chunkSize; span < end; span += SPAN) {
        int spanKeys = Math.min(SPAN, end - span);
        fetch(head, span, spanKeys, k, keys);
        fetch(head, span, spanKeys, v, values);
        product.formTransposed(spanKeys, n, keys, 0, n, byKeys);
        product.formTransposed(spanKeys, n, values, 0, n, byValues);
        for (int page = 0; page < spanKeys; page += BACK_PAGE) {
          int pageKeys = Math.min(BACK_PAGE, spanKeys - page);
          product.form(n, pageKeys, keys, page * n, n, keyPages[page / BACK_PAGE]);
        }
        Arrays.fill(dkeys, 0, spanKeys * n, 0f);
        Arrays.fill(dvalues, 0, spanKeys * n, 0f);
        for (int from = firstFrom(span, 0, count); from < count; from += GROUP) {
          int group = Math.min(GROUP, count - from);
          gather(head, from, group, q, queries);
          gather(head, from, group, dy, douts);
          gather(head, from, group, dq, outs);
          for (int page = 0; page < spanKeys; page += BACK_PAGE) {
            int pageKeys = Math.min(BACK_PAGE, spanKeys - page);
            attendBackward(span, page, pageKeys, from, group, kept.logSums, unit * length, mean);
          }
          scatter(head, from, group, outs, dq);
        }
        for (int i = 0; i < spanKeys; i++) {
          int at = head.at(span + i, n, c);
          System.arraycopy(dkeys, i * n, dk, at, n);
          System.arraycopy(dvalues, i * n, dv, at, n);
        }
      }
    }
  }

  /** After {@link #attend}. */
  private void attendBackward(
      int span,
      int page,
      int pageKeys,
      int from,
      int group,
      float[] logSums,
      int logSumsAt,
      float[] mean) {
    int first = span + page;
    int seeing = firstFrom(first, from, from + group) - from;
    int count = group - seeing;
    int at = seeing * n;
    // p = exp((q kᵀ − log sum)·scale), dp = dy vᵀ
    product.multiply(count, queries, at, n, byKeys, page, pageKeys, scores, 0, BACK_PAGE, false);
    product.multiply(count, douts, at, n, byValues, page, pageKeys, dscores, 0, BACK_PAGE, false);
    for (int i = 0; i < count; i++) {
      int t = members[from + seeing + i];
      int row = i * BACK_PAGE;
      int seen = Math.min(t + 1 - first, pageKeys);
      gradients.expDifference(scores, row, seen, logSums[logSumsAt + t], scale);
      Arrays.fill(scores, row + seen, row + pageKeys, 0f);
      // ds = p·(dp − Σ p·dp)·scale
      gradients.softmax(scores, dscores, row, pageKeys, mean[t], scale);
    }
    // dv += pᵀ dy, dk += dsᵀ q, dq += ds k
    product.tn(pageKeys, n, count, scores, 0, BACK_PAGE, douts, at, n, dvalues, page * n, n);
    product.tn(pageKeys, n, count, dscores, 0, BACK_PAGE, queries, at, n, dkeys, page * n, n);
    Panels ofKeys = keyPages[page / BACK_PAGE];
    product.multiply(count, dscores, 0, BACK_PAGE, ofKeys, 0, n, outs, at, n, true);
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
      fetch(head, first, count, q, queries);
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

  /** The first of the members {@code from … to − 1} that sees the key at {@code position}. */
  private int firstFrom(int position, int from, int to) {
    int first = from;
    while (first < to && members[first] < position) {
      first++;
    }
    return first;
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

  /** Fetches the rows of {@code count} positions. */
  private void fetch(Head head, int first, int count, float[] rows, float[] to) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(rows, head.at(first + i, n, c), to, i * n, n);
    }
  }

  /** Fetches the rows of a group of members. */
  private void gather(Head head, int from, int count, float[] rows, float[] to) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(rows, head.at(members[from + i], n, c), to, i * n, n);
    }
  }

  /** Puts them back. */
  private void scatter(Head head, int from, int count, float[] group, float[] rows) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(group, i * n, rows, head.at(members[from + i], n, c), n);
    }
  }
}
