package dev.rwkvx.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A flipped bit anywhere in a token stream is found by whoever reads what it changed. */
final class StreamChecksumTest {
  private static final int FLIPS = 100;

  @TempDir private Path folder;
  private Path prefix;

  /** Three blocks of tokens, two of marks: holes, whole documents, and a hole at the end. */
  @BeforeEach
  void write() throws IOException {
    prefix = folder.resolve("data");
    Random random = new Random(4);
    try (TokenFileWriter writer = TokenFileWriter.create(prefix, TokenType.UINT16)) {
      for (int i = 0; i < 16; i++) {
        int[] document = random.ints(5000, 0, 60_000).toArray();
        byte[] marks = new byte[document.length];
        if (i % 3 == 1) {
          Arrays.fill(marks, 100, 200, (byte) 1);
        }
        writer.add(document, marks, 0, document.length);
      }
      writer.commit();
    }
  }

  private static String content(Path prefix) {
    try (TokenFile file = TokenFile.open(prefix)) {
      int[] tokens = new int[(int) file.tokens()];
      byte[] marks = new byte[tokens.length];
      // In pieces, as training does.
      for (int at = 0; at < tokens.length; at += 777) {
        int count = Math.min(777, tokens.length - at);
        file.read(at, tokens, at, count);
        file.answers(at, marks, at, count);
      }
      return Arrays.hashCode(tokens) + " " + Arrays.hashCode(marks) + " " + file.documents();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"data.bin", "data.idx", "data.weights"})
  void everyFlippedBitIsFound(String name) throws IOException {
    Path file = folder.resolve(name);
    byte[] whole = Files.readAllBytes(file);
    content(prefix);
    Random random = new Random(22);
    for (int i = 0; i < FLIPS; i++) {
      byte[] flipped = whole.clone();
      flipped[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, flipped);
      assertThatThrownBy(() -> content(prefix))
          .isInstanceOf(InputException.class)
          .hasMessageContaining(folder.toString())
          .hasMessageContaining("damaged");
    }
  }

  @Test
  void thePlaceIsNamed() throws IOException {
    Path file = folder.resolve("data.bin");
    byte[] bytes = Files.readAllBytes(file);
    bytes[70_000] ^= 1;
    Files.write(file, bytes);
    try (TokenFile stream = TokenFile.open(prefix)) {
      int[] tokens = new int[2];
      stream.read(0, tokens, 0, 2);
      assertThatThrownBy(() -> stream.read(32_767, tokens, 0, 2))
          .isInstanceOf(InputException.class)
          .hasMessage(
              file
                  + " is damaged: its bytes 65536 to 131071 do not have the checksum they were"
                  + " written with");
    }
  }

  /** The tokens of other programs have no checksums, and the mark file may be left behind. */
  @Test
  void streamsOfOthersAndStreamsWithoutTheirMarksLoad() throws IOException {
    String before = content(prefix);
    Path index = folder.resolve("data.idx");
    byte[] bytes = Files.readAllBytes(index);
    Files.write(index, Arrays.copyOf(bytes, IndexLayout.HEADER + 16 * 12 + 17 * Long.BYTES));
    assertThat(content(prefix)).isEqualTo(before);
    Files.write(index, bytes);
    Files.delete(folder.resolve("data.weights"));
    assertThat(content(prefix)).isNotEqualTo(before);
  }
}
