package dev.rwkvx.model;

import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one state owns outside the heap: pages of its caches, and a share of a spill file. Pages lie
 * in slabs, of which forks own those whose pages they share; a fork begins a new slab on both
 * sides, so that neither keeps alive what the other one reads later.
 *
 * <p>Any thread may close it, once or more often. A thread that is reading then gets an
 * IllegalStateException.
 */
final class StateMemory implements AutoCloseable {
  private final CacheMemory total;
  private final @Nullable SpillFile spill;

  /** Pages of this state by the slab that they lie in: it owns each of these slabs once. */
  private final Map<Slab, Integer> pages = new IdentityHashMap<>();

  /** Where the next page comes from; among {@link #pages} from its first page on. */
  private @Nullable Slab current;

  private volatile boolean closed;

  /**
   * Nothing yet.
   *
   * @param total counts and limits the bytes of all slabs
   * @param spill becomes this memory's own, if there is one
   */
  StateMemory(CacheMemory total, @Nullable SpillFile spill) {
    this.total = total;
    this.spill = spill;
  }

  /** A page in a slab, or one in the spill file. */
  record Page(MemorySegment bytes, @Nullable Slab slab) {}

  static IllegalStateException closed() {
    return new IllegalStateException("the state is closed");
  }

  /**
   * Refuses to go on with a closed state.
   *
   * @throws IllegalStateException when it is closed
   */
  void requireOpen() {
    if (closed) {
      throw closed();
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Memory for a fork: the same spill file, and as yet no pages. */
  synchronized StateMemory fork() {
    requireOpen();
    current = null;
    return new StateMemory(total, spill == null ? null : spill.retain());
  }

  /** A new page, all zeros. */
  synchronized Page allocate(long bytes) {
    requireOpen();
    Slab slab = current == null ? new Slab(total) : current;
    try {
      Page page = new Page(slab.allocate(bytes), slab);
      pages.merge(slab, 1, Integer::sum);
      current = slab;
      return page;
    } catch (OutOfMemoryError e) {
      if (slab != current) {
        slab.release();
      }
      throw e;
    }
  }

  /** Owns a page of another state, too. */
  synchronized void share(Page page) {
    requireOpen();
    Slab slab = page.slab();
    if (slab != null && pages.merge(slab, 1, Integer::sum) == 1) {
      slab.retain();
    }
  }

  /** Owns a page no longer. */
  synchronized void release(Page page) {
    Slab slab = page.slab();
    if (closed || slab == null) {
      return;
    }
    if (pages.merge(slab, -1, Integer::sum) == 0) {
      pages.remove(slab);
      current = slab == current ? null : current;
      slab.release();
    }
  }

  boolean spills() {
    return spill != null;
  }

  /**
   * Writes a page to the spill file.
   *
   * @throws dev.rwkvx.InputException when it cannot be written
   */
  synchronized Page spill(Page page) {
    requireOpen();
    if (spill == null) {
      throw new IllegalStateException("nothing is spilled");
    }
    return new Page(spill.keep(page.bytes()), null);
  }

  /** Gives back all that no fork shares. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    pages.keySet().forEach(Slab::release);
    pages.clear();
    current = null;
    if (spill != null) {
      spill.close();
    }
  }
}
