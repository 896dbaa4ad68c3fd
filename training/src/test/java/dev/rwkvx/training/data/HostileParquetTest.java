package dev.rwkvx.training.data;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.InputException;
import dev.rwkvx.training.Hostile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged Parquet files are read or refused; none hangs, and none ends in an error. */
class HostileParquetTest {
  private static final int FILES = 100;

  /** A file that the library hangs on is refused after this; others may be too, if all is slow. */
  private static final Duration LIMIT = Duration.ofMillis(500);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"snappy.parquet", "zstd.parquet"})
  void damagedFiles(String name) throws IOException {
    byte[] good;
    try (InputStream in = HostileParquetTest.class.getResourceAsStream(name)) {
      good = in.readAllBytes();
    }
    double taken = Hostile.read(FILES, 12, random -> damaged(good, random), this::takes);
    assertThat(taken).isLessThan(1);
  }

  /** Structures within structures, and lists within lists, where the description of the file is. */
  @ParameterizedTest
  @ValueSource(ints = {0x1c, 0x19})
  void deepDescriptions(int element) throws IOException {
    byte[] magic = "PAR1".getBytes(US_ASCII);
    byte[] file = new byte[200_000];
    Arrays.fill(file, (byte) element);
    System.arraycopy(magic, 0, file, 0, 4);
    System.arraycopy(magic, 0, file, file.length - 4, 4);
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(file.length - 8, file.length - 12);
    assertThat(takes(file)).isFalse();
  }

  private static byte[] damaged(byte[] good, SplittableRandom random) {
    byte[] file = good.clone();
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      int at = random.nextInt(file.length);
      file[at] =
          (byte) (random.nextBoolean() ? random.nextInt() : file[at] ^ 1 << random.nextInt(8));
    }
    return file;
  }

  private boolean takes(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("hostile.parquet"), bytes);
    try (var documents = new ParquetDocuments(file, "text", 0, LIMIT)) {
      while (documents.next() != null) {
        // Each lies within its bytes, or the reader refuses the file.
      }
      return true;
    } catch (InputException e) {
      assertThat(e.getMessage()).startsWith(file.toString());
      return false;
    }
  }
}
