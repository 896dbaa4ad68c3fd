package dev.rwkvx.model;

import dev.rwkvx.model.StateMemory.Page;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory that a cache grows by, page by page. Full pages never change and may belong to forks,
 * too; those that belong to this list alone are used again after {@link #moveFrom}, so that a cache
 * that is cut over and over does not grow.
 */
final class PageList {
  private final StateMemory memory;
  private final List<Page> pages = new ArrayList<>();

  /** Pages to use again, of any size. */
  private final List<Page> spare;

  /** How many of the first pages are not this list's alone. */
  private int shared;

  /**
   * An empty list.
   *
   * @param memory where new pages come from
   */
  PageList(StateMemory memory, List<Page> spare) {
    this.memory = memory;
    this.spare = spare;
  }

  /**
   * A list with the same content.
   *
   * @param full pages that will not change any more: shared from now on; the others are copied
   * @param forkMemory owns the pages of the fork
   */
  PageList fork(int full, StateMemory forkMemory, List<Page> forkSpare) {
    shared = Math.max(shared, full);
    PageList fork = new PageList(forkMemory, forkSpare);
    fork.shared = shared;
    for (int i = 0; i < pages.size(); i++) {
      Page page = pages.get(i);
      if (i < shared) {
        forkMemory.share(page);
        fork.pages.add(page);
      } else {
        fork.add(page.bytes().byteSize()).copyFrom(page.bytes());
      }
    }
    return fork;
  }

  MemorySegment get(int page) {
    return pages.get(page).bytes();
  }

  int size() {
    return pages.size();
  }

  /** Appends a page, which may hold anything. */
  MemorySegment add(long bytes) {
    Page page = take(bytes);
    pages.add(page);
    return page.bytes();
  }

  private Page take(long bytes) {
    for (int i = spare.size() - 1; i >= 0; i--) {
      if (spare.get(i).bytes().byteSize() == bytes) {
        return spare.remove(i);
      }
    }
    return memory.allocate(bytes);
  }

  /** Puts a full page into the spill file, where it lies for good. */
  void spill(int page) {
    spare.add(pages.set(page, memory.spill(pages.get(page))));
    shared = page + 1;
  }

  /** Gives up its own pages for those of another list, which has none afterwards. */
  void moveFrom(PageList other) {
    // One by one: lists of lists would be garbage.
    for (int i = 0; i < shared; i++) {
      memory.release(pages.get(i));
    }
    for (int i = shared; i < pages.size(); i++) {
      spare.add(pages.get(i));
    }
    pages.clear();
    for (int i = 0; i < other.pages.size(); i++) {
      pages.add(other.pages.get(i));
    }
    shared = other.shared;
    other.pages.clear();
    other.shared = 0;
  }

  /** Bytes of the pages, spare ones left out. */
  long byteSize() {
    long bytes = 0;
    for (int i = 0; i < pages.size(); i++) {
      bytes += pages.get(i).bytes().byteSize();
    }
    return bytes;
  }
}
