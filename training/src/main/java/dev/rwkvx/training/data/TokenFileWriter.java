package dev.rwkvx.training.data;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.rwkvx.InputException;
import dev.rwkvx.io.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes a {@link TokenFile} document by document. Needs memory for the lengths of the documents, 4
 * bytes each, and for nothing else. The files appear when all are whole: an index without tokens or
 * with those of an older stream never stands on the disk. A weights file appears when a document
 * has answers.
 */
public final class TokenFileWriter implements AutoCloseable {
  private static final int BUFFER = 1 << 20;

  private final TokenFileNames names;
  private final TokenType type;
  private final AtomicFile file;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(LITTLE_ENDIAN);
  private final BlockSums tokenSums = new BlockSums();
  private final BlockSums weightSums = new BlockSums();
  private final CRC32C indexSum = new CRC32C();
  private int[] lengths = new int[1 << 10];
  private int documents;
  private long tokens;
  private @Nullable AtomicFile weights;

  private TokenFileWriter(TokenFileNames names, TokenType type, AtomicFile file) {
    this.names = names;
    this.type = type;
    this.file = file;
  }

  /**
   * Opens the files of a prefix for writing.
   *
   * @param prefix the names of the files without their endings
   * @param type how tokens are stored
   * @return the writer; closing it without {@link #commit} leaves nothing
   * @throws IOException when the folder does not exist or cannot be written
   */
  public static TokenFileWriter create(Path prefix, TokenType type) throws IOException {
    TokenFileNames names = TokenFileNames.of(prefix);
    return new TokenFileWriter(names, type, AtomicFile.create(names.tokens()));
  }

  /**
   * Writes the tokens {@code from … to − 1} as one document; the caller has ended it with token 0.
   *
   * @param document token ids, perhaps with others around them
   * @param from index of the first token
   * @param to index after the last one
   * @throws InputException when a token does not fit the type, or documents are more than 2^31 − 9
   * @throws IOException when the files cannot be written
   */
  public void add(int[] document, int from, int to) throws IOException {
    Objects.checkFromToIndex(from, to, document.length);
    if (documents == lengths.length) {
      lengths = Arrays.copyOf(lengths, grown(documents));
    }
    for (int i = from; i < to; i++) {
      int token = document[i];
      if (token < 0 || token >= type.limit()) {
        throw new InputException(
            "%s: token %d does not fit into %s".formatted(names.tokens(), token, type));
      }
      if (buffer.remaining() < type.width()) {
        flush(file.channel(), tokenSums::add);
      }
      switch (type) {
        case UINT8 -> buffer.put((byte) token);
        case UINT16 -> buffer.putShort((short) token);
        case INT32 -> buffer.putInt(token);
      }
    }
    lengths[documents++] = to - from;
    tokens += to - from;
  }

  /**
   * As {@link #add(int[], int, int)}, with the bytes of the weights file for these tokens, placed
   * like them: 1 for those of answers, else 0.
   */
  void add(int[] document, byte[] answers, int from, int to) throws IOException {
    long start = tokens;
    add(document, from, to);
    for (int i = from; i < to; i++) {
      if (answers[i] != 0) {
        writeWeights(start, ByteBuffer.wrap(answers, from, to - from));
        return;
      }
    }
  }

  /** Leaves what was not written before, which is 0, as a hole. */
  private void writeWeights(long at, ByteBuffer bytes) throws IOException {
    if (weights == null) {
      weights = AtomicFile.create(names.weights());
    }
    weightSums.addZeros(at - weightSums.length());
    weightSums.add(bytes);
    SeekableByteChannel channel = weights.channel().position(at);
    write(channel, bytes);
  }

  /** {@return the number of documents so far} */
  public long documents() {
    return documents;
  }

  /** {@return the number of tokens so far} */
  public long tokens() {
    return tokens;
  }

  /**
   * Makes the files appear, in place of older ones.
   *
   * @throws IOException when the device or the file system refuses
   */
  public void commit() throws IOException {
    flush(file.channel(), tokenSums::add);
    if (weights != null && weights.channel().size() < tokens) {
      writeWeights(tokens - 1, ByteBuffer.allocate(1));
    }
    try (AtomicFile index = AtomicFile.create(names.index())) {
      writeIndex(index.channel());
      index.force();
      file.force();
      // Between these steps there is no index, which is what a reader opens first.
      Files.deleteIfExists(names.index());
      file.commit();
      if (weights == null) {
        Files.deleteIfExists(names.weights());
      } else {
        weights.commit();
      }
      index.commit();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      if (weights != null) {
        weights.close();
      }
    }
  }

  private void writeIndex(SeekableByteChannel channel) throws IOException {
    buffer.put(IndexLayout.MAGIC).putLong(IndexLayout.VERSION).put((byte) type.code());
    buffer.putLong(documents).putLong(documents + 1L);
    for (int i = 0; i < documents; i++) {
      room(channel).putInt(lengths[i]);
    }
    long pointer = 0;
    for (int i = 0; i < documents; i++) {
      room(channel).putLong(pointer);
      pointer += (long) lengths[i] * type.width();
    }
    for (long i = 0; i <= documents; i++) {
      room(channel).putLong(i);
    }
    flush(channel, indexSum::update);
    IndexChecksums sums = new IndexChecksums(tokenSums.finish(), weightSums.finish());
    write(channel, sums.bytes(indexSum));
  }

  private ByteBuffer room(SeekableByteChannel channel) throws IOException {
    if (buffer.remaining() < Long.BYTES) {
      flush(channel, indexSum::update);
    }
    return buffer;
  }

  private void flush(SeekableByteChannel channel, Consumer<ByteBuffer> sum) throws IOException {
    buffer.flip();
    sum.accept(buffer.duplicate());
    write(channel, buffer);
    buffer.clear();
  }

  private static void write(SeekableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private int grown(int size) {
    int most = Integer.MAX_VALUE - 8;
    if (size == most) {
      throw new InputException(names.tokens() + ": too many documents for one file");
    }
    return (int) Math.min(most, 2L * size);
  }
}
