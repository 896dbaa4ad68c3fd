package dev.rwkvx.training.data;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TokenFileTest {
  @TempDir private Path folder;

  private Path prefix() {
    return folder.resolve("data");
  }

  private Path bin() {
    return folder.resolve("data.bin");
  }

  private Path idx() {
    return folder.resolve("data.idx");
  }

  @ParameterizedTest
  @EnumSource
  void documentsSurviveTheWayThereAndBack(TokenType type) throws IOException {
    Random random = new Random(1);
    int[][] documents = new int[500][];
    for (int i = 0; i < documents.length; i++) {
      int length = i % 7 == 0 ? 0 : random.nextInt(3_000);
      documents[i] = random.ints(length, 0, type.limit()).toArray();
    }
    TokenFiles.write(prefix(), type, documents);
    try (TokenFile file = TokenFile.open(prefix())) {
      assertThat(file.type()).isEqualTo(type);
      assertThat(file.documents()).isEqualTo(documents.length);
      for (int i = 0; i < documents.length; i++) {
        assertThat(TokenFiles.document(file, i)).isEqualTo(documents[i]);
      }
      assertThat(TokenFiles.all(file))
          .isEqualTo(Stream.of(documents).flatMapToInt(Arrays::stream).toArray());
    }
  }

  /** The bytes that Megatron's format asks for, written out by hand. */
  @Test
  void bytesAreThoseOfTheFormat() throws IOException {
    TokenFiles.write(prefix(), TokenType.UINT16, new int[] {1, 65535, 0}, new int[] {258, 0});
    assertThat(HexFormat.of().formatHex(Files.readAllBytes(bin())))
        .isEqualTo("0100ffff000002010000");
    // What readers of the format ignore comes behind.
    assertThat(HexFormat.of().formatHex(Files.readAllBytes(idx())))
        .startsWith(
            "4d4d494449445800000100000000000000080200000000000000"
                + "0300000000000000"
                + "0300000002000000"
                + "00000000000000000600000000000000"
                + "000000000000000001000000000000000200000000000000"
                + HexFormat.of().formatHex("RWKVXCRC".getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void sequencesOfADocumentAreJoined() throws IOException {
    TokenFiles.write(prefix(), TokenType.UINT16, new int[] {1}, new int[] {2, 0}, new int[] {3, 0});
    ByteBuffer index = index();
    // Documents 0 and 1 become sequences of one document: entries 0, 2, 3.
    ByteBuffer joined = ByteBuffer.allocate(index.capacity() - Long.BYTES).order(LITTLE_ENDIAN);
    joined.put(index.array(), 0, IndexLayout.HEADER + 3 * 12).putLong(0).putLong(2).putLong(3);
    joined.putLong(IndexLayout.DOCUMENTS_AT, 3);
    Files.write(idx(), joined.array());
    try (TokenFile file = TokenFile.open(prefix())) {
      assertThat(file.documents()).isEqualTo(2);
      assertThat(TokenFiles.document(file, 0)).containsExactly(1, 2, 0);
      assertThat(TokenFiles.document(file, 1)).containsExactly(3, 0);
    }
  }

  @Test
  void everySequenceIsADocumentWhereTheDocumentIndexIsEmpty() throws IOException {
    TokenFiles.write(prefix(), TokenType.UINT16, new int[] {1, 0}, new int[] {2, 0});
    ByteBuffer index = index();
    index.putLong(IndexLayout.DOCUMENTS_AT, 1);
    Files.write(idx(), Arrays.copyOf(index.array(), index.capacity() - 2 * Long.BYTES));
    try (TokenFile file = TokenFile.open(prefix())) {
      assertThat(file.documents()).isEqualTo(2);
      assertThat(TokenFiles.document(file, 1)).containsExactly(2, 0);
    }
  }

  @Test
  void anEmptyStreamIsAStream() throws IOException {
    TokenFiles.write(prefix(), TokenType.INT32);
    try (TokenFile file = TokenFile.open(bin())) {
      assertThat(file.documents()).isZero();
      assertThat(file.tokens()).isZero();
    }
  }

  @Test
  void readsStreamsBeyondTwoGigabytes() throws IOException {
    // A sparse file: five sequences of 2^29 int32 tokens, all 0 but the last.
    long tokens = 5L << 29;
    try (var channel =
        FileChannel.open(bin(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(
          ByteBuffer.allocate(4).order(LITTLE_ENDIAN).putInt(0, 77), tokens * Integer.BYTES - 4);
    }
    ByteBuffer index =
        ByteBuffer.allocate(IndexLayout.HEADER + 5 * 12 + 6 * 8).order(LITTLE_ENDIAN);
    index.put(IndexLayout.MAGIC).putLong(1).put((byte) 4).putLong(5).putLong(6);
    for (int i = 0; i < 5; i++) {
      index.putInt(1 << 29);
    }
    for (int i = 0; i < 5; i++) {
      index.putLong((long) i << 31);
    }
    for (int i = 0; i <= 5; i++) {
      index.putLong(i);
    }
    Files.write(idx(), index.array());
    try (TokenFile file = TokenFile.open(prefix())) {
      assertThat(file.tokens()).isEqualTo(tokens);
      assertThat(file.start(4)).isEqualTo(4L << 29);
      int[] end = new int[2];
      file.read(tokens - 2, end, 0, 2);
      assertThat(end).containsExactly(0, 77);
    }
  }

  @Test
  void nothingAppearsBeforeCommit() throws IOException {
    try (TokenFileWriter writer = TokenFileWriter.create(prefix(), TokenType.UINT8)) {
      writer.add(new int[] {1, 0}, 0, 2);
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void anOlderStreamStaysUntilCommitAndIsReplacedThen() throws IOException {
    TokenFiles.write(prefix(), TokenType.UINT16, new int[] {1, 0});
    try (TokenFileWriter writer = TokenFileWriter.create(prefix(), TokenType.UINT16)) {
      writer.add(new int[] {2, 3, 0}, 0, 3);
      try (TokenFile file = TokenFile.open(prefix())) {
        assertThat(TokenFiles.all(file)).containsExactly(1, 0);
      }
      writer.commit();
    }
    try (TokenFile file = TokenFile.open(prefix())) {
      assertThat(TokenFiles.all(file)).containsExactly(2, 3, 0);
    }
    assertThat(folder).isDirectoryContaining("glob:**.bin").isDirectoryContaining("glob:**.idx");
    assertThat(folder.toFile().list()).hasSize(2);
  }

  @Test
  void tokensOutsideTypeOrVocabularyAreRefused() throws IOException {
    try (TokenFileWriter writer = TokenFileWriter.create(prefix(), TokenType.UINT16)) {
      assertBad(() -> writer.add(new int[] {65536}, 0, 1), "token 65536 does not fit");
      assertBad(() -> writer.add(new int[] {-1}, 0, 1), "token -1 does not fit");
    }
    TokenFiles.write(prefix(), TokenType.UINT16, new int[] {1, 99, 100, 0});
    try (TokenFile file = TokenFile.open(prefix(), 100)) {
      int[] tokens = new int[2];
      file.read(0, tokens, 0, 2);
      assertThat(tokens).containsExactly(1, 99);
      assertBad(
          () -> file.read(2, tokens, 0, 2),
          "token 100 at place 2 is outside the vocabulary of 100");
    }
    TokenFiles.write(prefix(), TokenType.INT32, new int[] {1});
    Files.write(bin(), new byte[] {0, 0, 0, -1});
    Files.write(idx(), index().array());
    try (TokenFile file = TokenFile.open(prefix())) {
      assertBad(() -> file.read(0, new int[1], 0, 1), "token -16777216 at place 0");
    }
  }

  /** One number of a good index of three documents and nine tokens is changed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0   | 8 | 0                    | starts with MMIDIDX
          9   | 8 | 2                    | expected version 1, found 2
          17  | 1 | 5                    | found type 5
          17  | 1 | 0                    | found type 0
          17  | 1 | 1                    | at byte
          18  | 8 | 4                    | promises 4 sequences
          18  | 8 | -1                   | promises -1 sequences
          18  | 8 | 9223372036854775807  | promises 9223372036854775807 sequences
          18  | 8 | 1537228672809129303  | promises
          18  | 8 | 0                    | promises 0 sequences
          26  | 8 | 3                    | 3 entries
          26  | 8 | -4                   | -4 entries
          26  | 8 | 2305843009213693956  | entries
          34  | 4 | -1                   | sequence 0 has the length -1
          34  | 4 | 3                    | sequence 1 is at byte
          42  | 4 | 2147483647           | do not fill
          42  | 4 | 2                    | do not fill
          46  | 8 | 2                    | sequence 0 is at byte 2, expected 0
          54  | 8 | -4                   | sequence 1 is at byte -4
          62  | 8 | 9223372036854775806  | sequence 2 is at byte
          70  | 8 | 1                    | entry 0 of its document index is 1
          78  | 8 | -1                   | entry 1 of its document index is -1
          78  | 8 | 3                    | entry 2 of its document index is 2 after 3
          94  | 8 | 4                    | entry 3 of its document index is 4
          """)
  void lyingIndexesAreRefused(int at, int width, long value, String reason) throws IOException {
    good();
    ByteBuffer index = index();
    switch (width) {
      case 1 -> index.put(at, (byte) value);
      case 4 -> index.putInt(at, (int) value);
      default -> index.putLong(at, value);
    }
    Files.write(idx(), index.array());
    assertBad(() -> TokenFile.open(prefix()).close(), reason);
  }

  @Test
  void everyCutAndEveryExtraByteIsRefused() throws IOException {
    good();
    byte[] index = Files.readAllBytes(idx());
    int plain = index().capacity();
    for (int length = 0; length < index.length; length++) {
      Files.write(idx(), Arrays.copyOf(index, length));
      if (length != plain) {
        assertBad(() -> TokenFile.open(prefix()).close(), "data.idx is damaged");
      }
    }
    Files.write(idx(), Arrays.copyOf(index, index.length + 1));
    assertBad(() -> TokenFile.open(prefix()).close(), "data.idx is damaged");
    Files.write(idx(), index);
    byte[] tokens = Files.readAllBytes(bin());
    for (int length = 0; length <= tokens.length + 2; length++) {
      if (length != tokens.length) {
        Files.write(bin(), Arrays.copyOf(tokens, length));
        assertBad(() -> TokenFile.open(prefix()).close(), "do not fill");
      }
    }
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    assertBad(() -> TokenFile.open(prefix()).close(), "data.bin: no such file");
    Files.createFile(bin());
    assertBad(() -> TokenFile.open(prefix()).close(), "data.idx: no such file");
    Files.createDirectory(folder.resolve("folder.bin"));
    assertBad(() -> TokenFile.open(folder.resolve("folder")).close(), "is a folder");
    assertBad(() -> TokenFile.open(Path.of("/")).close(), "'/' is no name");
  }

  private void good() throws IOException {
    TokenFiles.write(
        prefix(), TokenType.UINT16, new int[] {5, 6, 7, 0}, new int[] {8, 0}, new int[] {9, 9, 0});
  }

  /** The index as other programs write it, without checksums. */
  private ByteBuffer index() throws IOException {
    ByteBuffer index = ByteBuffer.wrap(Files.readAllBytes(idx())).order(LITTLE_ENDIAN);
    long sequences = index.getLong(IndexLayout.SEQUENCES_AT);
    long entries = index.getLong(IndexLayout.DOCUMENTS_AT);
    int length = (int) (IndexLayout.HEADER + sequences * 12 + entries * Long.BYTES);
    return ByteBuffer.wrap(Arrays.copyOf(index.array(), length)).order(LITTLE_ENDIAN);
  }

  private interface Action {
    void run() throws IOException;
  }

  private static void assertBad(Action action, String reason) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(action::run)
        .withMessageContaining(reason);
  }
}
