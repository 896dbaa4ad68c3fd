package dev.rwkvx.training.data;

import java.nio.charset.StandardCharsets;

/**
 * Where things are in an index file, all little-endian: the magic bytes, the version (int64), the
 * type of the tokens (int8), the number of sequences (int64), the number of entries of the document
 * index (int64); then per sequence its length in tokens (int32), per sequence its place in the
 * tokens file in bytes (int64), and the document index (int64): the first sequence of every
 * document and at last the number of sequences. {@link IndexChecksums} may follow.
 */
final class IndexLayout {
  static final byte[] MAGIC = "MMIDIDX\0\0".getBytes(StandardCharsets.US_ASCII);
  static final long VERSION = 1;

  static final int VERSION_AT = MAGIC.length;
  static final int TYPE_AT = VERSION_AT + Long.BYTES;
  static final int SEQUENCES_AT = TYPE_AT + Byte.BYTES;
  static final int DOCUMENTS_AT = SEQUENCES_AT + Long.BYTES;
  static final int HEADER = DOCUMENTS_AT + Long.BYTES;

  private IndexLayout() {}
}
