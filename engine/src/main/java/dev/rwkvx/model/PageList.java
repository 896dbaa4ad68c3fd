package dev.rwkvx.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory that a cache grows by, page by page. Full pages never change and may belong to forks,
 * too; those that belong to this list alone are used again after {@link #moveFrom}, so that a cache
 * that is cut over and over does not leave its memory to the garbage collector.
 */
final class PageList {
  private final List<MemorySegment> pages = new ArrayList<>();

  /** Pages to use again, of any size. */
  private final List<MemorySegment> spare;

  /** How many of the first pages are not this list's alone. */
  private int shared;

  PageList(List<MemorySegment> spare) {
    this.spare = spare;
  }

  /**
   * A list with the same content.
   *
   * @param full pages that will not change any more: shared from now on; the others are copied
   */
  PageList fork(int full, List<MemorySegment> spare) {
    shared = Math.max(shared, full);
    PageList fork = new PageList(spare);
    fork.shared = shared;
    for (int i = 0; i < pages.size(); i++) {
      MemorySegment page = pages.get(i);
      fork.pages.add(i < shared ? page : fork.take(page.byteSize()).copyFrom(page));
    }
    return fork;
  }

  MemorySegment get(int page) {
    return pages.get(page);
  }

  int size() {
    return pages.size();
  }

  /** Appends a page, which may hold anything. */
  MemorySegment add(long bytes) {
    MemorySegment page = take(bytes);
    pages.add(page);
    return page;
  }

  private MemorySegment take(long bytes) {
    for (int i = spare.size() - 1; i >= 0; i--) {
      if (spare.get(i).byteSize() == bytes) {
        return spare.remove(i);
      }
    }
    return Arena.ofAuto().allocate(bytes, 64);
  }

  /** Puts a page elsewhere, where it lies for good. */
  void replace(int page, MemorySegment elsewhere) {
    spare.add(pages.set(page, elsewhere));
    shared = page + 1;
  }

  /** Gives up its own pages for those of another list, which has none afterwards. */
  void moveFrom(PageList other) {
    // One by one: lists of lists would be garbage.
    for (int i = shared; i < pages.size(); i++) {
      spare.add(pages.get(i));
    }
    pages.clear();
    for (int i = 0; i < other.pages.size(); i++) {
      pages.add(other.pages.get(i));
    }
    shared = other.shared;
    other.clear();
  }

  void clear() {
    pages.clear();
    shared = 0;
  }

  /** Bytes of the pages, spare ones left out. */
  long byteSize() {
    long bytes = 0;
    for (MemorySegment page : pages) {
      bytes += page.byteSize();
    }
    return bytes;
  }
}
