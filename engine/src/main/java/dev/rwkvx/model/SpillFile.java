package dev.rwkvx.model;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A temporary file of pages that are written once and then read through the system's page cache.
 *
 * <p>The file is opened to be deleted on close, which on POSIX systems takes its name away at once:
 * the space belongs to the open file alone and is free when the process ends, even by a crash.
 * Pages are written, not stored into mapped memory, so that a full disk is an error of the write
 * and not a fault of the process.
 *
 * <p>Belongs to a state and its forks, which may be used by different threads; each closes it once.
 */
final class SpillFile implements AutoCloseable {
  /** The file is mapped in pieces of this size, or of one page if that is larger. */
  private static final long SEGMENT = 64L << 20;

  private final Path folder;
  private final FileChannel channel;

  @SuppressWarnings("MustBeClosedChecker") // closed with the last owner
  private final Arena arena = Arena.ofShared();

  private int owners = 1;
  private MemorySegment segment = MemorySegment.NULL;
  private long segmentStart;

  /** Bytes in use of the current segment. */
  private long used;

  private SpillFile(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * @throws InputException when no file can be created in {@code folder}
   */
  static SpillFile create(Path folder) {
    Path file =
        folder.resolve(
            "rwkvx-%d-%s.spill"
                .formatted(ProcessHandle.current().pid(), Long.toHexString(System.nanoTime())));
    try {
      FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      return new SpillFile(folder, channel);
    } catch (IOException e) {
      throw new InputException(
          folder + ": no file for the cache can be created there: " + e.getMessage(), e);
    }
  }

  /**
   * One more owner.
   *
   * @throws IllegalStateException when there is none any more
   */
  synchronized SpillFile retain() {
    if (owners == 0) {
      throw StateMemory.closed();
    }
    owners++;
    return this;
  }

  /**
   * Writes a page, in a thread of its own: a channel closes when a thread that uses it is
   * interrupted, and the forks need this one.
   *
   * @return the page as it lies in the file, read-only; valid until the last owner has closed
   * @throws InputException when it cannot be written
   */
  synchronized MemorySegment keep(MemorySegment page) {
    try {
      return CompletableFuture.supplyAsync(() -> write(page), Thread.ofPlatform()::start).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
  }

  private MemorySegment write(MemorySegment page) {
    try {
      if (used + page.byteSize() > segment.byteSize()) {
        segmentStart += segment.byteSize();
        long size = Math.max(SEGMENT, page.byteSize());
        segment = channel.map(MapMode.READ_ONLY, segmentStart, size, arena);
        used = 0;
      }
      ByteBuffer bytes = page.asByteBuffer();
      long at = segmentStart + used;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
      MemorySegment kept = segment.asSlice(used, page.byteSize());
      used += page.byteSize();
      return kept;
    } catch (IOException e) {
      throw new InputException(
          folder + ": the cache cannot be written there: " + e.getMessage(), e);
    }
  }

  /** One owner less; the last one's pages are gone. */
  @Override
  public synchronized void close() {
    if (--owners > 0) {
      return;
    }
    arena.close();
    try {
      channel.close();
    } catch (IOException e) {
      throw new InputException(folder + ": the cache's file cannot be closed", e);
    }
  }
}
