package dev.rwkvx.training.data;

import static dev.rwkvx.training.data.IndexLayout.DOCUMENTS_AT;
import static dev.rwkvx.training.data.IndexLayout.HEADER;
import static dev.rwkvx.training.data.IndexLayout.MAGIC;
import static dev.rwkvx.training.data.IndexLayout.SEQUENCES_AT;
import static dev.rwkvx.training.data.IndexLayout.TYPE_AT;
import static dev.rwkvx.training.data.IndexLayout.VERSION;
import static dev.rwkvx.training.data.IndexLayout.VERSION_AT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.rwkvx.InputException;
import dev.rwkvx.io.InputFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stream of tokens in documents: the memory-mapped pair {@code PREFIX.bin} and {@code PREFIX.idx}
 * in the {@code MMIDIDX} format of Megatron, which the official RWKV tools read and write. By
 * convention token 0 ends every document. Beside them may be {@code PREFIX.weights}, a byte for
 * every token: 1 where it belongs to an answer, else 0. An index that was written here has {@link
 * IndexChecksums} of all three, which are compared when bytes are first read. For any number of
 * threads until it is closed.
 */
public final class TokenFile implements AutoCloseable {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final Arena arena;
  private final TokenFileNames names;
  private final MemorySegment bytes;
  private final MemorySegment index;
  private final @Nullable MemorySegment weights;
  private final int vocabulary;
  private final CheckedBlocks tokenBlocks;
  private final CheckedBlocks weightBlocks;
  private final TokenType type;
  private final long tokens;
  private final long sequences;
  private final long documents;

  /** Where the document index starts, or −1 where every sequence is a document. */
  private final long documentsAt;

  private TokenFile(
      Arena arena, TokenFileNames names, MemorySegment bytes, MemorySegment index, int vocabulary) {
    this.arena = arena;
    this.names = names;
    this.bytes = bytes;
    this.index = index;
    weights = Files.exists(names.weights()) ? map(names.weights(), arena) : null;
    this.vocabulary = vocabulary;
    checkMagic();
    type = storedType();
    sequences = index.get(LONG, SEQUENCES_AT);
    long entries = index.get(LONG, DOCUMENTS_AT);
    checkSize(entries);
    IndexChecksums sums = checksums(entries);
    tokens = checkedTokens();
    if (weights != null && weights.byteSize() != tokens) {
      throw new InputException(
          "%s has %d bytes; expected one for each of the %d tokens of %s"
              .formatted(names.weights(), weights.byteSize(), tokens, names.tokens()));
    }
    tokenBlocks = blocks(names.tokens(), bytes, sums.tokens());
    weightBlocks =
        weights == null
            ? new CheckedBlocks(names.weights(), bytes, IndexChecksums.NONE.weights())
            : blocks(names.weights(), weights, sums.weights());
    documentsAt = checkedDocuments(entries) ? documentEntriesAt() : -1;
    documents = documentsAt < 0 ? sequences : entries - 1;
  }

  /**
   * Opens the files of a prefix, whatever its tokens stand for.
   *
   * @param prefix the name of the files without {@code .bin} and {@code .idx}, or one of the two
   * @return the stream, to be closed by the caller
   * @throws InputException when a file is absent or the two do not agree in every number
   */
  public static TokenFile open(Path prefix) {
    return open(prefix, Integer.MAX_VALUE);
  }

  /**
   * Opens the files of a prefix for a model.
   *
   * @param prefix the name of the files without {@code .bin} and {@code .idx}, or one of the two
   * @param vocabulary {@link #read} refuses tokens that are not below this
   * @return the stream, to be closed by the caller
   * @throws InputException when a file is absent or the two do not agree in every number
   */
  @SuppressWarnings("MustBeClosedChecker") // closed with the file
  public static TokenFile open(Path prefix, int vocabulary) {
    TokenFileNames names = TokenFileNames.of(prefix);
    Arena arena = Arena.ofShared();
    try {
      return new TokenFile(
          arena, names, map(names.tokens(), arena), map(names.index(), arena), vocabulary);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private static MemorySegment map(Path file, Arena arena) {
    InputFile.require(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (NoSuchFileException e) {
      throw new InputException(
          file + ": no such file; a token stream is a pair of files NAME.bin and NAME.idx", e);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** {@return how tokens are stored} */
  public TokenType type() {
    return type;
  }

  /** {@return the number of tokens, those that end documents included} */
  public long tokens() {
    return tokens;
  }

  /** {@return the number of documents} */
  public long documents() {
    return documents;
  }

  /**
   * {@return the place of a document's first token in the stream}
   *
   * @param document from 0
   */
  public long start(long document) {
    return documentEdge(Objects.checkIndex(document, documents));
  }

  /**
   * {@return the place after a document's last token}
   *
   * @param document from 0
   */
  public long end(long document) {
    return documentEdge(Objects.checkIndex(document, documents) + 1);
  }

  /**
   * Reads tokens that follow one another in the stream, across documents.
   *
   * @param at the place of the first, with {@code at + count <= tokens()}
   * @param out takes them from {@code from} on
   * @param from index of the first element to set
   * @param count of tokens
   * @throws InputException when a token is outside the vocabulary, or the file is damaged
   */
  public void read(long at, int[] out, int from, int count) {
    Objects.checkFromIndexSize(at, count, tokens);
    Objects.checkFromIndexSize(from, count, out.length);
    long byteAt = at * type.width();
    tokenBlocks.check(byteAt, (long) count * type.width());
    switch (type) {
      case UINT8 -> {
        for (int i = 0; i < count; i++) {
          out[from + i] = bytes.get(ValueLayout.JAVA_BYTE, byteAt + i) & 0xff;
        }
      }
      case UINT16 -> {
        for (int i = 0; i < count; i++) {
          out[from + i] = bytes.get(SHORT, byteAt + 2L * i) & 0xffff;
        }
      }
      case INT32 -> {
        for (int i = 0; i < count; i++) {
          out[from + i] = bytes.get(INT, byteAt + 4L * i);
        }
      }
    }
    if (vocabulary < type.limit() || type == TokenType.INT32) {
      checkTokens(at, out, from, count);
    }
  }

  /** {@return whether the stream tells which of its tokens are answers} */
  public boolean hasAnswers() {
    return weights != null;
  }

  /**
   * The weights of tokens that follow one another in the stream: 1, and more for answers.
   *
   * @param at the place of the first, with {@code at + count <= tokens()}
   * @param out takes them from {@code from} on
   * @param from index of the first element to set
   * @param count of tokens
   * @param answer the weight of tokens that belong to answers
   * @throws InputException when a byte of the weights file is neither 0 nor 1
   */
  public void weigh(long at, float[] out, int from, int count, float answer) {
    Objects.checkFromIndexSize(at, count, tokens);
    Arrays.fill(out, from, from + count, 1f);
    if (weights == null || answer == 1f) {
      return;
    }
    weightBlocks.check(at, count);
    for (int i = 0; i < count; i++) {
      byte mark = weights.get(ValueLayout.JAVA_BYTE, at + i);
      if (mark < 0 || mark > 1) {
        throw new InputException(
            "%s is damaged: byte %d is %d, expected 0 or 1"
                .formatted(names.weights(), at + i, mark));
      }
      if (mark == 1) {
        out[from + i] = answer;
      }
    }
  }

  /** The bytes of the weights file for tokens that follow one another; 0 where there is none. */
  void answers(long at, byte[] out, int from, int count) {
    Objects.checkFromIndexSize(at, count, tokens);
    if (weights == null) {
      Arrays.fill(out, from, from + count, (byte) 0);
    } else {
      weightBlocks.check(at, count);
      MemorySegment.copy(weights, ValueLayout.JAVA_BYTE, at, out, from, count);
    }
  }

  /** {@return the tokens file, for messages} */
  public Path path() {
    return names.tokens();
  }

  @Override
  public void close() {
    arena.close();
  }

  private void checkTokens(long at, int[] out, int from, int count) {
    for (int i = 0; i < count; i++) {
      int token = out[from + i];
      if (token < 0 || token >= vocabulary) {
        throw new InputException(
            "%s: token %d at place %d is outside the vocabulary of %d"
                .formatted(names.tokens(), token, at + i, vocabulary));
      }
    }
  }

  private long documentEdge(long document) {
    if (documentsAt < 0) {
      return sequenceEdge(document);
    }
    return sequenceEdge(index.get(LONG, documentsAt + document * Long.BYTES));
  }

  private long sequenceEdge(long sequence) {
    return sequence == sequences
        ? tokens
        : index.get(LONG, pointersAt() + sequence * Long.BYTES) / type.width();
  }

  private long pointersAt() {
    return HEADER + sequences * Integer.BYTES;
  }

  private long documentEntriesAt() {
    return pointersAt() + sequences * Long.BYTES;
  }

  private void checkMagic() {
    if (index.byteSize() < HEADER
        || !Arrays.equals(index.asSlice(0, MAGIC.length).toArray(ValueLayout.JAVA_BYTE), MAGIC)) {
      throw damaged("expected an index that starts with MMIDIDX");
    }
    long version = index.get(LONG, VERSION_AT);
    if (version != VERSION) {
      throw damaged("expected version %d, found %d", VERSION, version);
    }
  }

  private TokenType storedType() {
    int code = index.get(ValueLayout.JAVA_BYTE, TYPE_AT);
    return Arrays.stream(TokenType.values())
        .filter(known -> known.code() == code)
        .findFirst()
        .orElseThrow(() ->
            damaged(
                "expected tokens of type 1 (uint8), 4 (int32) or 8 (uint16), found type %d", code));
  }

  /** Checks the two counts of the header against the size of the index. */
  private void checkSize(long entries) {
    long rest = index.byteSize() - HEADER;
    int perSequence = Integer.BYTES + Long.BYTES;
    boolean fits =
        sequences >= 0
            && sequences <= rest / perSequence
            && entries >= 0
            && entries <= rest / Long.BYTES
            && sequences * perSequence + entries * Long.BYTES <= rest;
    if (!fits) {
      throw wrongSize(entries);
    }
  }

  private InputException wrongSize(long entries) {
    return damaged(
        "its header promises %d sequences and %d entries of the document index, but the file has"
            + " %d bytes",
        sequences, entries, index.byteSize());
  }

  /** The checksums that stand behind all others in an index that is written here. */
  private IndexChecksums checksums(long entries) {
    long at = documentEntriesAt() + entries * Long.BYTES;
    if (at == index.byteSize()) {
      return IndexChecksums.NONE;
    }
    return IndexChecksums.read(index, at).orElseThrow(() -> wrongSize(entries));
  }

  private CheckedBlocks blocks(Path file, MemorySegment content, int[] sums) {
    if (sums.length > 0 && sums.length != Math.ceilDiv(content.byteSize(), BlockSums.BLOCK)) {
      throw damaged(
          "it has %d checksums for %d bytes of %s", sums.length, content.byteSize(), file);
    }
    return new CheckedBlocks(file, content, sums);
  }

  /** Checks that sequences follow one another without gaps and fill the tokens file. */
  private long checkedTokens() {
    long sum = 0;
    for (long i = 0; i < sequences; i++) {
      int length = index.get(INT, HEADER + i * Integer.BYTES);
      long pointer = index.get(LONG, pointersAt() + i * Long.BYTES);
      if (length < 0) {
        throw damaged("sequence %d has the length %d", i, length);
      }
      if (pointer != sum * type.width()) {
        throw damaged("sequence %d is at byte %d, expected %d", i, pointer, sum * type.width());
      }
      sum += length;
      if (sum > bytes.byteSize() / type.width()) {
        break;
      }
    }
    if (sum * type.width() != bytes.byteSize()) {
      throw damaged(
          "its sequences do not fill %s, which has %d bytes", names.tokens(), bytes.byteSize());
    }
    return sum;
  }

  /** Checks the document index; false where there is none that reaches to the end. */
  private boolean checkedDocuments(long entries) {
    long last = 0;
    for (long i = 0; i < entries; i++) {
      long sequence = index.get(LONG, documentEntriesAt() + i * Long.BYTES);
      if (sequence < last || sequence > sequences || i == 0 && sequence != 0) {
        throw damaged("entry %d of its document index is %d after %d", i, sequence, last);
      }
      last = sequence;
    }
    return entries > 0 && last == sequences;
  }

  private InputException damaged(String problem, Object... values) {
    return new InputException(
        names.index() + " is damaged or no token index: " + problem.formatted(values));
  }
}
