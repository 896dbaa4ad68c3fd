package dev.rwkvx.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory of pages that is given back as a whole, when its last owner lets go of it. One state
 * allocates from it; forks become owners too.
 */
final class Slab {
  private static final long ALIGNMENT = 64;

  @SuppressWarnings("MustBeClosedChecker") // closed with the last owner
  private final Arena arena = Arena.ofShared();

  private final CacheMemory total;
  private long bytes;
  private int owners = 1;

  /**
   * An empty slab with one owner.
   *
   * @param total counts and limits the bytes of all slabs
   */
  Slab(CacheMemory total) {
    this.total = total;
  }

  /**
   * The next page, all zeros.
   *
   * @throws OutOfMemoryError when states hold too much already
   */
  synchronized MemorySegment allocate(long size) {
    total.reserve(size);
    try {
      MemorySegment page = arena.allocate(size, ALIGNMENT);
      bytes += size;
      return page;
    } catch (OutOfMemoryError e) {
      total.release(size);
      throw e;
    }
  }

  /**
   * One more owner.
   *
   * @throws IllegalStateException when there is none any more
   */
  synchronized void retain() {
    if (owners == 0) {
      throw StateMemory.closed();
    }
    owners++;
  }

  /** One owner less; after the last one, whoever reads the pages gets an IllegalStateException. */
  synchronized void release() {
    if (--owners == 0) {
      arena.close();
      total.release(bytes);
    }
  }
}
