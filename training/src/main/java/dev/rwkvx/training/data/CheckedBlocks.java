package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** A mapped file with a checksum for each block, which is compared when the block is first read. */
final class CheckedBlocks {
  private final Path file;
  private final MemorySegment bytes;
  private final int[] sums;

  /** Threads may race here: at worst a block is summed up twice. */
  private final boolean[] right;

  /**
   * @param sums of the blocks of {@link BlockSums#BLOCK} bytes; none for a file without
   */
  CheckedBlocks(Path file, MemorySegment bytes, int[] sums) {
    this.file = file;
    this.bytes = bytes;
    this.sums = sums;
    right = new boolean[sums.length];
  }

  /**
   * Compares the blocks that hold some bytes.
   *
   * @throws InputException when one of them does not have its checksum
   */
  void check(long from, long length) {
    if (sums.length == 0 || length == 0) {
      return;
    }
    int last = (int) ((from + length - 1) / BlockSums.BLOCK);
    for (int block = (int) (from / BlockSums.BLOCK); block <= last; block++) {
      if (!right[block]) {
        compare(block);
        right[block] = true;
      }
    }
  }

  private void compare(int block) {
    long start = (long) block * BlockSums.BLOCK;
    long end = Math.min(start + BlockSums.BLOCK, bytes.byteSize());
    CRC32C sum = new CRC32C();
    sum.update(bytes.asSlice(start, end - start).asByteBuffer());
    if ((int) sum.getValue() != sums[block]) {
      throw new InputException(
          "%s is damaged: its bytes %d to %d do not have the checksum they were written with"
              .formatted(file, start, end - 1));
    }
  }
}
