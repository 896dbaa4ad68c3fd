package dev.rwkvx.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * What bytes of a file summed up to when they were written.
 *
 * @param kind how they are summed up
 * @param value the sum
 */
record Checksum(Kind kind, int value) {
  /** Hexadecimal digits of a sum. */
  static final int DIGITS = 8;

  /** A buffer ends at 2 GiB. */
  private static final long PIECE = 1 << 30;

  enum Kind {
    /** That of zip archives. */
    CRC32,
    /** Castagnoli's, which processors compute. */
    CRC32C;

    private java.util.zip.Checksum start() {
      return this == CRC32 ? new CRC32() : new CRC32C();
    }

    /** The sum of several pieces, one behind the other. */
    int of(MemorySegment... pieces) {
      java.util.zip.Checksum sum = start();
      for (MemorySegment bytes : pieces) {
        for (long at = 0; at < bytes.byteSize(); at += PIECE) {
          ByteBuffer piece =
              bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer();
          sum.update(piece);
        }
      }
      return (int) sum.getValue();
    }
  }

  boolean fits(MemorySegment bytes) {
    return kind.of(bytes) == value;
  }

  static String digits(int value) {
    return HexFormat.of().toHexDigits(value);
  }
}
