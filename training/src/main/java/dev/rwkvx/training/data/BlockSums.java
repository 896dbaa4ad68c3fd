package dev.rwkvx.training.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Sums up a file block by block while it is written front to back. */
final class BlockSums {
  /** Bytes of a block; the last one may have fewer. */
  static final int BLOCK = 1 << 16;

  private final CRC32C sum = new CRC32C();
  private int[] sums = new int[16];
  private int blocks;
  private long length;

  /** Takes the next bytes, which stay as they are. */
  void add(ByteBuffer bytes) {
    ByteBuffer rest = bytes.duplicate();
    while (rest.hasRemaining()) {
      int count = Math.min(rest.remaining(), left());
      sum.update(rest.slice(rest.position(), count));
      rest.position(rest.position() + count);
      advance(count);
    }
  }

  /** Takes bytes that are 0. */
  void addZeros(long count) {
    byte[] zeros = new byte[(int) Math.min(count, BLOCK)];
    for (long rest = count; rest > 0; ) {
      int some = (int) Math.min(rest, left());
      sum.update(zeros, 0, some);
      advance(some);
      rest -= some;
    }
  }

  /** Bytes so far. */
  long length() {
    return length;
  }

  /** The sums of all blocks, when nothing will be added any more. */
  int[] finish() {
    if (length % BLOCK > 0) {
      end();
      length = 0;
    }
    return Arrays.copyOf(sums, blocks);
  }

  private int left() {
    return (int) (BLOCK - length % BLOCK);
  }

  private void advance(int count) {
    length += count;
    if (length % BLOCK == 0) {
      end();
    }
  }

  private void end() {
    if (blocks == sums.length) {
      sums = Arrays.copyOf(sums, 2 * blocks);
    }
    sums[blocks++] = (int) sum.getValue();
    sum.reset();
  }
}
