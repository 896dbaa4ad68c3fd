package dev.rwkvx.training.data;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * What stands behind the document index in an index that is written here; the official readers take
 * what the header counts and leave it alone. All little-endian: the magic bytes, the number of
 * blocks of the tokens file (int64) and of the weights file (int64, 0 without one), the CRC-32C of
 * each of these blocks (int32), and that of all bytes of the index before it (int32).
 *
 * @param tokens sums of the blocks of the tokens file
 * @param weights sums of the blocks of the weights file
 */
record IndexChecksums(int[] tokens, int[] weights) {
  private static final byte[] MAGIC = "RWKVXCRC".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = MAGIC.length + 2 * Long.BYTES;

  /** A buffer ends at 2 GiB. */
  private static final long PIECE = 1 << 30;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

  /** The sums of a stream that has none. */
  static final IndexChecksums NONE = new IndexChecksums(new int[0], new int[0]);

  /**
   * The bytes of this.
   *
   * @param index the sum over the index before them
   */
  ByteBuffer bytes(CRC32C index) {
    int sums = tokens.length + weights.length;
    ByteBuffer bytes = ByteBuffer.allocate(size(sums)).order(LITTLE_ENDIAN);
    bytes.put(MAGIC).putLong(tokens.length).putLong(weights.length);
    Arrays.stream(tokens).forEach(bytes::putInt);
    Arrays.stream(weights).forEach(bytes::putInt);
    index.update(bytes.array(), 0, bytes.position());
    return bytes.putInt((int) index.getValue()).flip();
  }

  private static int size(int sums) {
    return Math.addExact(HEADER + Integer.BYTES, Math.multiplyExact(Integer.BYTES, sums));
  }

  /**
   * Reads the sums.
   *
   * @param index all of it
   * @param at where the document index ends, and more follows
   * @return empty where something else follows, or the index does not have its own sum
   */
  static Optional<IndexChecksums> read(MemorySegment index, long at) {
    long room = (index.byteSize() - at - HEADER - Integer.BYTES) / Integer.BYTES;
    if (room < 0
        || !Arrays.equals(index.asSlice(at, MAGIC.length).toArray(ValueLayout.JAVA_BYTE), MAGIC)) {
      return Optional.empty();
    }
    long tokens = index.get(LONG, at + MAGIC.length);
    long weights = index.get(LONG, at + MAGIC.length + Long.BYTES);
    long own = at + HEADER + room * Integer.BYTES;
    boolean fits =
        tokens >= 0
            && weights >= 0
            && tokens <= room
            && weights == room - tokens
            && own + Integer.BYTES == index.byteSize();
    if (!fits || index.get(INT, own) != sum(index.asSlice(0, own))) {
      return Optional.empty();
    }
    MemorySegment sums = index.asSlice(at + HEADER, room * Integer.BYTES);
    return Optional.of(
        new IndexChecksums(
            sums.asSlice(0, tokens * Integer.BYTES).toArray(INT),
            sums.asSlice(tokens * Integer.BYTES).toArray(INT)));
  }

  private static int sum(MemorySegment bytes) {
    CRC32C sum = new CRC32C();
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      sum.update(bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer());
    }
    return (int) sum.getValue();
  }
}
