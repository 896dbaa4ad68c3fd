package dev.rwkvx.model;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.WeightType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Keys and values of one sparse-attention block, all heads, for every position so far.
 *
 * <p>Chunks are cut into pages of at most {@link #PAGE} keys. Per head, a page holds two panel
 * matrices: keys (outputs = keys, inputs = N), so that scores are a product with the query, and
 * values (outputs = N, inputs = keys), so that the weighted sum is a product with the attention
 * weights. The mean keys of finished chunks are kept in the same way.
 *
 * <p>Finished pages never change and are shared between forks.
 */
final class KvCache {
  /** Keys of a full page: one block of the softmax and of the product's sum. */
  static final int PAGE = Kernels.BLOCK;

  private static final int PANEL = Kernels.PANEL;
  private static final WeightType TYPE = WeightType.F32;

  /** Bytes of a key or value element. */
  static final int ELEMENT_BYTES = Float.BYTES;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  private final int heads;
  private final int headSize;
  private final int chunkSize;
  private final int pagesPerChunk;
  private final List<MemorySegment> pages;
  private final List<MemorySegment> meanPages;

  /** Sum of the keys of the unfinished chunk, all heads. */
  private final double[] keySum;

  private long length;

  KvCache(Config config) {
    heads = config.heads();
    headSize = config.headSize();
    chunkSize = config.chunkSize();
    pagesPerChunk = (chunkSize + PAGE - 1) / PAGE;
    pages = new ArrayList<>();
    meanPages = new ArrayList<>();
    keySum = new double[config.embedding()];
  }

  private KvCache(KvCache other) {
    heads = other.heads;
    headSize = other.headSize;
    chunkSize = other.chunkSize;
    pagesPerChunk = other.pagesPerChunk;
    length = other.length;
    keySum = other.keySum.clone();
    pages = new ArrayList<>(other.pages);
    meanPages = new ArrayList<>(other.meanPages);
    if (length > 0 && length < start(pages.size() - 1) + capacity(pages.size() - 1)) {
      pages.set(pages.size() - 1, copy(pages.getLast()));
    }
    if (length / chunkSize % PANEL != 0) {
      meanPages.set(meanPages.size() - 1, copy(meanPages.getLast()));
    }
  }

  private static MemorySegment copy(MemorySegment page) {
    return Arena.ofAuto().allocate(page.byteSize(), 64).copyFrom(page);
  }

  /** An independent cache with the same content. */
  KvCache fork() {
    return new KvCache(this);
  }

  void clear() {
    pages.clear();
    meanPages.clear();
    Arrays.fill(keySum, 0);
    length = 0;
  }

  /** Positions held. */
  long length() {
    return length;
  }

  long byteSize() {
    long bytes = keySum.length * 8L;
    for (MemorySegment page : pages) {
      bytes += page.byteSize();
    }
    for (MemorySegment page : meanPages) {
      bytes += page.byteSize();
    }
    return bytes;
  }

  int chunkSize() {
    return chunkSize;
  }

  int headSize() {
    return headSize;
  }

  int pagesPerChunk() {
    return pagesPerChunk;
  }

  // --- pages ---------------------------------------------------------------------------------

  /** Keys that page {@code page} can hold. */
  int capacity(int page) {
    int inChunk = page % pagesPerChunk;
    return Math.min(PAGE, chunkSize - inChunk * PAGE);
  }

  /** Position of the first key of page {@code page}. */
  long start(int page) {
    return (long) (page / pagesPerChunk) * chunkSize + (long) (page % pagesPerChunk) * PAGE;
  }

  private int pageOf(long position) {
    int inChunk = (int) (position % chunkSize);
    return Math.toIntExact(position / chunkSize * pagesPerChunk + inChunk / PAGE);
  }

  MemorySegment page(int page) {
    return pages.get(page);
  }

  /** Byte at which the key matrix of {@code head} starts in page {@code page}. */
  long keysAt(int page, int head) {
    return head * (keyBytes(capacity(page)) + valueBytes(capacity(page)));
  }

  /** Byte at which the value matrix of {@code head} starts in page {@code page}. */
  long valuesAt(int page, int head) {
    return keysAt(page, head) + keyBytes(capacity(page));
  }

  /** Bytes from one panel of 32 keys to the next. */
  long keyPanelStride() {
    return Matrix.panelStride(headSize, TYPE);
  }

  /** Bytes from one panel of 32 value dimensions to the next. */
  long valuePanelStride(int page) {
    return Matrix.panelStride(capacity(page), TYPE);
  }

  private long keyBytes(int keys) {
    return Matrix.byteSize(keys, headSize, TYPE);
  }

  private long valueBytes(int keys) {
    return Matrix.byteSize(headSize, keys, TYPE);
  }

  /** How keys and values are stored. */
  WeightType type() {
    return TYPE;
  }

  /** How mean keys are stored. */
  WeightType meanType() {
    return WeightType.F32;
  }

  /** The mean keys of chunks {@code 32·page …}: a panel of 32 chunks per head. */
  MemorySegment meanPage(int page) {
    return meanPages.get(page);
  }

  long meansAt(int head) {
    return head * keyPanelStride();
  }

  // --- growth --------------------------------------------------------------------------------

  /** Makes room for {@code rows} more positions; to be followed by {@link #append} per head. */
  void reserve(int rows) {
    long end = length + rows;
    while (pages.isEmpty() || start(pages.size() - 1) + capacity(pages.size() - 1) < end) {
      int keys = capacity(pages.size());
      pages.add(Arena.ofAuto().allocate(heads * (keyBytes(keys) + valueBytes(keys)), 64));
    }
    long finished = end / chunkSize;
    while ((long) meanPages.size() * PANEL < finished) {
      meanPages.add(Arena.ofAuto().allocate(heads * keyPanelStride(), 64));
    }
  }

  /**
   * Writes the keys and values of one head behind the present ones. Heads may be written by
   * different threads.
   *
   * @param k rows, {@code stride} apart; the head's N elements of row i at {@code offset +
   *     i·stride}
   */
  void append(int head, int rows, float[] k, float[] v, int offset, int stride) {
    for (int row = 0; row < rows; row++) {
      long position = length + row;
      int at = offset + row * stride;
      int page = pageOf(position);
      write(page, head, (int) (position - start(page)), k, v, at);
      addToMean(head, position, k, at);
    }
  }

  private void write(int page, int head, int key, float[] k, float[] v, int at) {
    MemorySegment segment = pages.get(page);
    long keyAt = keysAt(page, head) + key / PANEL * keyPanelStride() + key % PANEL * 4L;
    for (int n = 0; n < headSize; n++) {
      segment.set(FLOAT, keyAt + (long) n * PANEL * 4, k[at + n]);
    }
    long valueAt = valuesAt(page, head) + (long) key * PANEL * 4;
    for (int n = 0; n < headSize; n += PANEL) {
      MemorySegment.copy(
          v,
          at + n,
          segment,
          FLOAT,
          valueAt + n / PANEL * valuePanelStride(page),
          Math.min(PANEL, headSize - n));
    }
  }

  private void addToMean(int head, long position, float[] k, int at) {
    int sumAt = head * headSize;
    for (int n = 0; n < headSize; n++) {
      keySum[sumAt + n] += k[at + n];
    }
    if ((position + 1) % chunkSize == 0) {
      int chunk = (int) (position / chunkSize);
      MemorySegment means = meanPages.get(chunk / PANEL);
      long meanAt = meansAt(head) + chunk % PANEL * 4L;
      for (int n = 0; n < headSize; n++) {
        means.set(FLOAT, meanAt + (long) n * PANEL * 4, (float) (keySum[sumAt + n] / chunkSize));
        keySum[sumAt + n] = 0;
      }
    }
  }

  /** Counts the rows in that every head has appended. */
  void advance(int rows) {
    length += rows;
  }

  /** Copies keys or values of positions {@code first …} to {@code rows} of all heads. [count,C] */
  void read(long first, int count, boolean values, float[] rows) {
    int c = heads * headSize;
    for (int row = 0; row < count; row++) {
      long position = first + row;
      int page = pageOf(position);
      int key = (int) (position - start(page));
      for (int head = 0; head < heads; head++) {
        for (int n = 0; n < headSize; n++) {
          long at =
              values
                  ? valuesAt(page, head)
                      + n / PANEL * valuePanelStride(page)
                      + ((long) key * PANEL + n % PANEL) * 4
                  : keysAt(page, head)
                      + key / PANEL * keyPanelStride()
                      + ((long) n * PANEL + key % PANEL) * 4;
          rows[row * c + head * headSize + n] = pages.get(page).get(FLOAT, at);
        }
      }
    }
  }
}
