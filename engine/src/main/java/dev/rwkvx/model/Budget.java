package dev.rwkvx.model;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.PanelProduct;
import java.util.Arrays;

/**
 * Keeps a cache within a budget (MODEL.md, "KV-cache management"). A full cache is cut: of the
 * entries before the newest {@code window}, each head keeps those with the most votes,
 *
 * <pre>
 *   vote_j = Σ_q softmax_j(q · k_j / √N)      over the latest queries q and those entries j alone,
 * </pre>
 *
 * of equals the earlier. What is kept stays in the order of time and is the cache from then on: its
 * chunks are counted and their mean keys computed anew.
 *
 * <p>A cut begins with the token that finds the cache full and takes {@link
 * CacheOptions.Bounded#slack} tokens, each of which does a part of the work while attention goes on
 * over the old entries; then the new ones take their place. Both moments depend on the number of
 * tokens alone, so that any way to read them gives the same numbers.
 */
final class Budget {
  /** Passes over the pages of a head before its votes are counted: scores, exponentials, votes. */
  private static final int PASSES = 3;

  private final CacheOptions.Bounded options;
  private final KvCache cache;
  private final KvCache next;
  private final int heads;
  private final int headSize;
  private final int embedding;

  /** Entries that are voted on, and how many of them are kept. */
  private final int older;

  private final int keptOlder;

  /** The latest queries; that of position p in row p mod observed. (observed, C) */
  private final float[] latest;

  private long position;

  /** Tokens since a cut has begun; meaningful during a cut. */
  private int done;

  private boolean cutting;

  // A cut's memory, from the first cut on.
  /** Queries that vote, oldest first. (voters, C) */
  private float[] queries = new float[0];

  private int voters;

  /** Scores, then exponentials of the head at work, a row per query. */
  private float[] weights = new float[0];

  private float[] maximum = new float[0];
  private float[] sum = new float[0];
  private float[] votes = new float[0];

  /** The older entries that each head keeps, ascending. (H, keptOlder) */
  private int[] kept = new int[0];

  Budget(CacheOptions.Bounded options, Config config, KvCache cache) {
    this.options = options;
    this.cache = cache;
    next = cache.successor();
    heads = config.heads();
    headSize = config.headSize();
    embedding = config.embedding();
    older = options.max() - options.window();
    keptOlder = options.min() - options.window();
    latest = new float[options.observed() * embedding];
  }

  private Budget(Budget other, KvCache cache) {
    options = other.options;
    this.cache = cache;
    next = other.next.forkFor(cache);
    heads = other.heads;
    headSize = other.headSize;
    embedding = other.embedding;
    older = other.older;
    keptOlder = other.keptOlder;
    latest = other.latest.clone();
    position = other.position;
    done = other.done;
    cutting = other.cutting;
    if (cutting) {
      queries = other.queries.clone();
      voters = other.voters;
      weights = other.weights.clone();
      maximum = other.maximum.clone();
      sum = other.sum.clone();
      votes = other.votes.clone();
      kept = other.kept.clone();
    }
  }

  /** The same for the fork of its cache. */
  Budget fork(KvCache forkOfCache) {
    return new Budget(this, forkOfCache);
  }

  /** Bytes of its own memory. */
  long byteSize() {
    long floats = latest.length + queries.length + weights.length + votes.length + kept.length;
    return floats * Float.BYTES + next.byteSize();
  }

  // --- the course of a cut -------------------------------------------------------------------

  /** Tokens that may be read before a cut begins or ends. */
  long tokensToBorder() {
    if (cutting) {
      return options.slack() - done;
    }
    long free = options.max() - cache.length();
    return free > 0 ? free : options.slack();
  }

  /** Begins a cut if the cache is full; to be called before it is appended to. */
  void begin() {
    if (!cutting && cache.length() == options.max()) {
      start();
      voters = copyObserved(queries);
    }
  }

  private void start() {
    if (queries.length == 0) {
      int observed = options.observed();
      queries = new float[observed * embedding];
      weights = new float[observed * older];
      maximum = new float[observed];
      sum = new float[observed];
      votes = new float[older];
      kept = new int[heads * keptOlder];
    }
    cutting = true;
    done = 0;
  }

  /** Keeps the queries of one head; heads may come from different threads. */
  void observe(int head, int rows, float[] q, int offset, int stride) {
    int observed = options.observed();
    for (int row = Math.max(0, rows - observed); row < rows; row++) {
      int to = (int) ((position + row) % observed) * embedding + head * headSize;
      System.arraycopy(q, offset + row * stride, latest, to, headSize);
    }
  }

  /** Does the part of a cut that falls to {@code rows} tokens; reads entries that are complete. */
  void work(int rows, Kernels kernels, PanelProduct product) {
    if (!cutting) {
      return;
    }
    // The first half of the time is for votes and entries, the second for those that came since.
    int slack = options.slack();
    for (int item = itemsAt(done); item < itemsAt(done + rows); item++) {
      run(item, kernels, product);
    }
    if (2 * (done + rows) > slack) {
      copyNewcomers(Math.min(2 * (done + rows) - slack, done));
    }
  }

  /** Items that are complete after {@code tokens} tokens. */
  private int itemsAt(int tokens) {
    int slack = options.slack();
    long items = (long) heads * (itemsPerHead() + pages(options.min()));
    return (int) (items * Math.min(2 * tokens, slack) / slack);
  }

  private int itemsPerHead() {
    return keptOlder == 0 ? 0 : PASSES * pages(older) + 1;
  }

  private int pages(int entries) {
    return cache.pageOf(entries - 1L) + 1;
  }

  private void run(int item, Kernels kernels, PanelProduct product) {
    int perHead = itemsPerHead();
    if (item >= heads * perHead) {
      int copy = item - heads * perHead;
      copyPage(copy / heads, copy % heads);
      return;
    }
    int head = item / perHead;
    int step = item % perHead;
    int page = step % pages(older);
    int first = (int) cache.start(page);
    int count = Math.min(cache.capacity(page), older - first);
    switch (step / pages(older)) {
      case 0 -> score(head, page, first, count, kernels, product);
      case 1 -> exponentiate(first, count, kernels);
      case 2 -> vote(first, count, kernels);
      default -> select(head);
    }
  }

  /** Counts tokens in, and ends a cut with the last of its tokens. */
  void advance(int rows) {
    position += rows;
    if (!cutting) {
      return;
    }
    done += rows;
    if (done == options.slack()) {
      copyNewcomers(done);
      cache.become(next);
      cutting = false;
    }
  }

  // --- votes ---------------------------------------------------------------------------------

  /** q · k_j. */
  private void score(
      int head, int page, int first, int count, Kernels kernels, PanelProduct product) {
    product.run(
        cache.type(),
        cache.page(page),
        cache.keysAt(page, head),
        cache.keyPanelStride(),
        0,
        count,
        headSize,
        voters,
        queries,
        head * headSize,
        embedding,
        weights,
        first,
        older,
        false);
    for (int q = 0; q < voters; q++) {
      float highest = kernels.max(weights, q * older + first, count);
      maximum[q] = first == 0 ? highest : Math.max(maximum[q], highest);
    }
  }

  /** exp((q · k_j − max) / √N). */
  private void exponentiate(int first, int count, Kernels kernels) {
    float scale = (float) (1.0 / Math.sqrt(headSize));
    for (int q = 0; q < voters; q++) {
      float part = kernels.expSum(weights, q * older + first, count, maximum[q], scale);
      sum[q] = first == 0 ? part : sum[q] + part;
    }
  }

  /** vote_j = Σ_q softmax_j. */
  private void vote(int first, int count, Kernels kernels) {
    Arrays.fill(votes, first, first + count, 0f);
    for (int q = 0; q < voters; q++) {
      kernels.axpy(1f / sum[q], weights, q * older + first, votes, first, count);
    }
  }

  /** Keeps the entries with the most votes; of equals the earlier. */
  private void select(int head) {
    int least = leastKept();
    int places = keptOlder;
    for (float vote : votes) {
      places -= order(vote) > least ? 1 : 0;
    }
    int to = head * keptOlder;
    for (int j = 0; j < older; j++) {
      if (order(votes[j]) > least || order(votes[j]) == least && places-- > 0) {
        kept[to++] = j;
      }
    }
  }

  /** The order of the lowest vote that is kept, found bit by bit. */
  private int leastKept() {
    int least = 0;
    for (int bit = 1 << 30; bit > 0; bit >>= 1) {
      int atLeast = 0;
      for (float vote : votes) {
        atLeast += order(vote) >= (least | bit) ? 1 : 0;
      }
      if (atLeast >= keptOlder) {
        least |= bit;
      }
    }
    return least;
  }

  /** An integer that orders votes, which are not negative, as they are ordered. */
  private static int order(float vote) {
    return Float.floatToRawIntBits(vote) & Integer.MAX_VALUE;
  }

  // --- entries -------------------------------------------------------------------------------

  private void copyPage(int page, int head) {
    int first = (int) next.start(page);
    int count = Math.min(next.capacity(page), options.min() - first);
    if (head == 0) {
      next.reserve(count);
    }
    for (int i = first; i < first + count; i++) {
      int from = i < keptOlder ? kept[head * keptOlder + i] : older + i - keptOlder;
      next.copy(head, i, cache, from);
    }
    if (head == heads - 1) {
      next.advance(count);
    }
  }

  /** Copies the first {@code count} of the entries that came since the cut began. */
  private void copyNewcomers(int count) {
    for (long i = next.length(); i < options.min() + count; i++) {
      next.reserve(1);
      for (int head = 0; head < heads; head++) {
        next.copy(head, i, cache, options.max() + i - options.min());
      }
      next.advance(1);
    }
  }

  // --- in files ------------------------------------------------------------------------------

  /** Goes on after {@code tokens} tokens of which these are the latest queries, oldest first. */
  void restore(long tokens, float[] rows) {
    position = tokens;
    int count = rows.length / embedding;
    for (int i = 0; i < count; i++) {
      int row = (int) ((tokens - count + i) % options.observed());
      System.arraycopy(rows, i * embedding, latest, row * embedding, embedding);
    }
  }

  /** Goes on with a cut that began {@code tokens} tokens ago with these queries. */
  void restoreCut(int tokens, float[] rows, Kernels kernels, PanelProduct product) {
    start();
    voters = rows.length / embedding;
    System.arraycopy(rows, 0, queries, 0, rows.length);
    work(tokens, kernels, product);
    done = tokens;
  }

  /** The latest queries, oldest first. (·, C) */
  float[] observedQueries() {
    float[] rows = new float[options.observedAt(position) * embedding];
    copyObserved(rows);
    return rows;
  }

  /** The queries that a cut under way began with, oldest first. (·, C) */
  float[] votingQueries() {
    return Arrays.copyOf(queries, cutting ? voters * embedding : 0);
  }

  /** Copies the latest queries, oldest first; returns how many there are. */
  private int copyObserved(float[] target) {
    int count = options.observedAt(position);
    for (int i = 0; i < count; i++) {
      int row = (int) ((position - count + i) % options.observed());
      System.arraycopy(latest, row * embedding, target, i * embedding, embedding);
    }
    return count;
  }
}
