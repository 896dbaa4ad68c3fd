package dev.rwkvx.model;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.PanelEntry;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.StateMemory.Page;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Keys and values of one sparse-attention block, all heads, in the order of their positions.
 *
 * <p>Chunks are cut into pages of at most {@link #PAGE} keys. Per head, a page holds two panel
 * matrices: keys (outputs = keys, inputs = N), so that scores are a product with the query, and
 * values (outputs = N, inputs = keys), so that the weighted sum is a product with the attention
 * weights. The mean keys of finished chunks are kept in the same way, in f32.
 *
 * <p>Entries are rounded to the cache's type when they are appended. Mean keys are those of the
 * rounded keys, so that they follow from what the cache holds: after a cut or in another process,
 * where nothing else is left, they are the same.
 *
 * <p>Full pages never change and are shared between forks, or lie in the spill file.
 */
final class KvCache {
  /** Keys of a full page: one block of the softmax and of the product's sum. */
  static final int PAGE = Kernels.BLOCK;

  private static final int PANEL = Kernels.PANEL;

  /** Bytes of a key or value element in f32. */
  static final int ELEMENT_BYTES = Float.BYTES;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  private final int heads;
  private final int headSize;
  private final int chunkSize;
  private final int pagesPerChunk;
  private final WeightType type;
  private final StateMemory memory;
  private final List<Page> spare;
  private final PageList pages;
  private final PageList meanPages;

  /** Sum of the keys of the unfinished chunk, all heads. */
  private final double[] keySum;

  /** Scratch of each head: heads are written by different threads. */
  private final PanelEntry[] entries;

  private long length;

  /** Pages that lie in the spill file. */
  private int spilled;

  /**
   * An empty cache.
   *
   * @param memory owns its pages and decides whether full ones are spilled
   */
  KvCache(Config config, WeightType type, StateMemory memory) {
    heads = config.heads();
    headSize = config.headSize();
    chunkSize = config.chunkSize();
    pagesPerChunk = (chunkSize + PAGE - 1) / PAGE;
    this.type = type;
    this.memory = memory;
    spare = new ArrayList<>();
    pages = new PageList(memory, spare);
    meanPages = new PageList(memory, spare);
    keySum = new double[config.embedding()];
    entries = newEntries();
  }

  /** A copy of a cache; finished pages are shared. */
  private KvCache(KvCache other, StateMemory memory, List<Page> spare) {
    heads = other.heads;
    headSize = other.headSize;
    chunkSize = other.chunkSize;
    pagesPerChunk = other.pagesPerChunk;
    type = other.type;
    this.memory = memory;
    this.spare = spare;
    pages = other.pages.fork(other.fullPages(), memory, spare);
    meanPages = other.meanPages.fork((int) (other.length / chunkSize / PANEL), memory, spare);
    keySum = other.keySum.clone();
    entries = newEntries();
    length = other.length;
    spilled = other.spilled;
  }

  /** An empty cache that takes over the spare pages of another of the same kind. */
  private KvCache(KvCache owner) {
    heads = owner.heads;
    headSize = owner.headSize;
    chunkSize = owner.chunkSize;
    pagesPerChunk = owner.pagesPerChunk;
    type = owner.type;
    memory = owner.memory;
    spare = owner.spare;
    pages = new PageList(memory, spare);
    meanPages = new PageList(memory, spare);
    keySum = new double[owner.keySum.length];
    entries = newEntries();
  }

  private PanelEntry[] newEntries() {
    PanelEntry[] scratch = new PanelEntry[heads];
    Arrays.setAll(scratch, head -> new PanelEntry(type, headSize));
    return scratch;
  }

  /**
   * An independent cache with the same content.
   *
   * @param forkMemory owns the pages of the fork
   */
  KvCache fork(StateMemory forkMemory) {
    return new KvCache(this, forkMemory, new ArrayList<>());
  }

  /** An empty cache to be filled for {@link #become}; it shares this one's spare pages. */
  KvCache successor() {
    return new KvCache(this);
  }

  /** The fork of a cache's successor, for the fork of that cache. */
  KvCache forkFor(KvCache owner) {
    return new KvCache(this, owner.memory, owner.spare);
  }

  /** Takes over the content of its successor, which is empty afterwards. */
  void become(KvCache successor) {
    pages.moveFrom(successor.pages);
    meanPages.moveFrom(successor.meanPages);
    System.arraycopy(successor.keySum, 0, keySum, 0, keySum.length);
    length = successor.length;
    Arrays.fill(successor.keySum, 0);
    successor.length = 0;
  }

  /** Positions held. */
  long length() {
    return length;
  }

  /** Bytes of all pages, in memory or in the spill file, but for spare ones. */
  long byteSize() {
    return keySum.length * 8L + pages.byteSize() + meanPages.byteSize();
  }

  /** Bytes of pages that are kept to be used again. */
  long spareBytes() {
    long bytes = 0;
    for (Page page : spare) {
      bytes += page.bytes().byteSize();
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

  int pageOf(long position) {
    int inChunk = (int) (position % chunkSize);
    return Math.toIntExact(position / chunkSize * pagesPerChunk + inChunk / PAGE);
  }

  private int fullPages() {
    return pageOf(length);
  }

  MemorySegment page(int page) {
    return pages.get(page);
  }

  /** Byte at which the key matrix of {@code head} starts in page {@code page}. */
  long keysAt(int page, int head) {
    return head * headBytes(capacity(page));
  }

  /** Byte at which the value matrix of {@code head} starts in page {@code page}. */
  long valuesAt(int page, int head) {
    return keysAt(page, head) + keyBytes(capacity(page));
  }

  /**
   * Byte at which the scales of the values of {@code head} start in page {@code page}, floats: of
   * all keys for the first 32 dimensions, then for the next. Q8 only.
   */
  long valueScalesAt(int page, int head) {
    return valuesAt(page, head) + valueBytes(capacity(page));
  }

  /** Bytes from the scales of 32 dimensions to those of the next 32. */
  long valueScaleStride(int page) {
    return 4L * capacity(page);
  }

  /** Bytes from one panel of 32 keys to the next. */
  long keyPanelStride() {
    return Matrix.panelStride(headSize, type);
  }

  /** Bytes from one panel of 32 value dimensions to the next. */
  long valuePanelStride(int page) {
    return Matrix.panelStride(capacity(page), type);
  }

  private long headBytes(int keys) {
    long scales = type == WeightType.Q8 ? 4L * keys * (headSize / PanelEntry.GROUP) : 0;
    // A multiple of 64 for the sake of what follows.
    return keyBytes(keys) + valueBytes(keys) + (scales + 63 & -64);
  }

  private long keyBytes(int keys) {
    return Matrix.byteSize(keys, headSize, type);
  }

  private long valueBytes(int keys) {
    return Matrix.byteSize(headSize, keys, type);
  }

  /** How keys and values are stored. */
  WeightType type() {
    return type;
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
    return head * Matrix.panelStride(headSize, WeightType.F32);
  }

  // --- growth --------------------------------------------------------------------------------

  /** Makes room for {@code rows} more positions; to be followed by {@link #append} per head. */
  void reserve(int rows) {
    long end = length + rows;
    while (pages.size() == 0 || start(pages.size() - 1) + capacity(pages.size() - 1) < end) {
      addPage();
    }
    long finished = end / chunkSize;
    while ((long) meanPages.size() * PANEL < finished) {
      meanPages.add(meansAt(heads));
    }
  }

  private void addPage() {
    int page = pages.size();
    int keys = capacity(page);
    MemorySegment bytes = pages.add(heads * headBytes(keys));
    for (int head = 0; head < heads; head++) {
      PanelEntry.prepareInputs(type, bytes, valuesAt(page, head), valueBytes(keys));
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
    PanelEntry entry = entries[head];
    for (int row = 0; row < rows; row++) {
      long position = length + row;
      int at = offset + row * stride;
      entry.round(k, at);
      putKey(head, position, entry);
      entry.round(v, at);
      putValue(head, position, entry);
    }
  }

  /** Copies the entry at {@code from} of another cache of the same kind to {@code position}. */
  void copy(int head, long position, KvCache source, long from) {
    PanelEntry entry = entries[head];
    source.getKey(head, from, entry);
    putKey(head, position, entry);
    source.getValue(head, from, entry);
    putValue(head, position, entry);
  }

  private void putKey(int head, long position, PanelEntry entry) {
    int page = pageOf(position);
    int key = (int) (position - start(page));
    long panel = keysAt(page, head) + key / PANEL * keyPanelStride();
    entry.toOutput(pages.get(page), panel, key % PANEL);
    addToMean(head, position, entry.elements());
  }

  private void getKey(int head, long position, PanelEntry entry) {
    int page = pageOf(position);
    int key = (int) (position - start(page));
    long panel = keysAt(page, head) + key / PANEL * keyPanelStride();
    entry.fromOutput(pages.get(page), panel, key % PANEL);
  }

  private void putValue(int head, long position, PanelEntry entry) {
    int page = pageOf(position);
    int key = (int) (position - start(page));
    MemorySegment bytes = pages.get(page);
    entry.toInput(bytes, valuesAt(page, head), valuePanelStride(page), key);
    if (type == WeightType.Q8) {
      long scale = valueScalesAt(page, head) + 4L * key;
      for (int group = 0; group < headSize / PanelEntry.GROUP; group++) {
        bytes.set(FLOAT, scale + group * valueScaleStride(page), entry.scale(group));
      }
    }
  }

  private void getValue(int head, long position, PanelEntry entry) {
    int page = pageOf(position);
    int key = (int) (position - start(page));
    entry.fromInput(
        pages.get(page),
        valuesAt(page, head),
        valuePanelStride(page),
        key,
        valueScalesAt(page, head) + 4L * key,
        valueScaleStride(page));
  }

  private void addToMean(int head, long position, float[] k) {
    int sumAt = head * headSize;
    for (int n = 0; n < headSize; n++) {
      keySum[sumAt + n] += k[n];
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

  /**
   * Counts the rows in that every head has appended.
   *
   * @throws dev.rwkvx.InputException when a page cannot be written to the spill file
   */
  void advance(int rows) {
    length += rows;
    if (memory.spills()) {
      for (; spilled < fullPages(); spilled++) {
        pages.spill(spilled);
      }
    }
  }

  // --- in files ------------------------------------------------------------------------------

  /** Bytes of a key or value of all heads in {@link #read} and {@link #write}. */
  int rowBytes() {
    return heads * entries[0].byteSize();
  }

  /** Copies keys or values of positions {@code first …}, all heads, to {@code rows}. */
  void read(long first, int count, boolean values, MemorySegment rows) {
    for (int row = 0; row < count; row++) {
      for (int head = 0; head < heads; head++) {
        PanelEntry entry = entries[head];
        if (values) {
          getValue(head, first + row, entry);
        } else {
          getKey(head, first + row, entry);
        }
        entry.toBytes(rows, (long) row * rowBytes() + (long) head * entry.byteSize());
      }
    }
  }

  /** Appends keys and values that {@link #read} gave. */
  void write(int count, MemorySegment keys, MemorySegment values) {
    reserve(count);
    for (int row = 0; row < count; row++) {
      for (int head = 0; head < heads; head++) {
        PanelEntry entry = entries[head];
        long at = (long) row * rowBytes() + (long) head * entry.byteSize();
        entry.fromBytes(keys, at);
        putKey(head, length + row, entry);
        entry.fromBytes(values, at);
        putValue(head, length + row, entry);
      }
    }
    advance(count);
  }
}
