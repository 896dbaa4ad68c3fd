package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Torch files as this program and others read them. */
class PthWriterTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("model.pth");
  }

  @ParameterizedTest
  @EnumSource(value = DType.class, mode = EnumSource.Mode.MATCH_NONE, names = "I?Q\\d.*")
  void everyTypeIsReadBack(DType type) {
    Random random = new Random(1);
    // Vectors, a scalar, no elements at all, sizes of more than a byte.
    long[][] shapes = {{1, 1, 5}, {}, {3, 0, 2}, {300, 7}, {1}};
    List<TensorHeader> headers = new ArrayList<>();
    List<byte[]> contents = new ArrayList<>();
    for (long[] shape : shapes) {
      headers.add(new TensorHeader("tensor." + headers.size() + ".größe", type, shape));
      byte[] content = new byte[(int) headers.getLast().byteSize()];
      random.nextBytes(content);
      contents.add(content);
    }
    write(headers, contents);
    try (Checkpoint read = Checkpoint.open(file)) {
      assertThat(read.format()).isEqualTo("torch zip");
      assertThat(read.names()).containsExactlyElementsOf(names(headers));
      for (int i = 0; i < headers.size(); i++) {
        Tensor tensor = read.tensor(headers.get(i).name());
        assertThat(tensor.type()).isEqualTo(type);
        assertThat(tensor.shape()).isEqualTo(headers.get(i).shape());
        assertThat(tensor.data().mismatch(MemorySegment.ofArray(contents.get(i)))).isEqualTo(-1);
      }
    }
  }

  private static List<String> names(List<TensorHeader> headers) {
    return headers.stream().map(TensorHeader::name).toList();
  }

  private void write(List<TensorHeader> headers, List<byte[]> contents) {
    try (TensorWriter writer = TensorWriter.create(file, headers, Map.of("lost", "here"))) {
      for (byte[] content : contents) {
        // In two pieces, so that the checksum runs over both.
        MemorySegment bytes = MemorySegment.ofArray(content);
        writer.write(bytes.asSlice(0, content.length / 2));
        writer.write(bytes.asSlice(content.length / 2));
      }
      writer.commit();
    }
  }

  /** Entries are stored, aligned, in torch's order, and other zip programs believe them. */
  @Test
  void theArchiveIsWellFormed() throws IOException {
    byte[] content = new byte[1000];
    new Random(2).nextBytes(content);
    write(
        List.of(
            new TensorHeader("a", DType.F32, new long[] {250}),
            new TensorHeader("b", DType.F32, new long[] {250})),
        List.of(content, content));
    try (ZipFile zip = new ZipFile(file.toFile())) {
      List<? extends ZipEntry> entries = Collections.list(zip.entries());
      assertThat(entries)
          .extracting(ZipEntry::getName)
          .containsExactly(
              "archive/data.pkl",
              "archive/byteorder",
              "archive/data/0",
              "archive/data/1",
              "archive/version",
              "archive/.data/rwkvx.crc32");
      for (ZipEntry entry : entries) {
        assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
        CRC32 crc = new CRC32();
        crc.update(zip.getInputStream(entry).readAllBytes());
        assertThat(entry.getCrc()).isEqualTo(crc.getValue());
      }
      assertThat(zip.getInputStream(entries.get(2)).readAllBytes()).isEqualTo(content);
    }
    try (Checkpoint read = Checkpoint.open(file)) {
      assertThat(read.tensor("b").data().address() % 64).isZero();
    }
  }

  /** More entries than the plain directory can count. */
  @Test
  void manyTensors() throws IOException {
    List<TensorHeader> headers = new ArrayList<>();
    for (int i = 0; i < 66_000; i++) {
      headers.add(new TensorHeader("t" + i, DType.U8, new long[] {1}));
    }
    write(headers, Collections.nCopies(headers.size(), new byte[] {7}));
    try (ZipFile zip = new ZipFile(file.toFile())) {
      assertThat(zip.size()).isEqualTo(66_004);
      ZipEntry last = zip.getEntry("archive/data/65999");
      assertThat(zip.getInputStream(last).readAllBytes()).containsExactly(7);
    }
  }

  @Test
  void namesAreDistinct() {
    TensorHeader header = new TensorHeader("a", DType.F32, new long[] {1});
    assertThatThrownBy(() -> PthWriter.create(file, List.of(header, header)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void nothingAppearsBeforeTheCommit() throws IOException {
    TensorHeader header = new TensorHeader("a", DType.F32, new long[] {1});
    try (PthWriter writer = PthWriter.create(file, List.of(header))) {
      assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
    }
    try (var files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
    assertThatThrownBy(() -> PthWriter.create(folder.resolve("no/a.pth"), List.of()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("folder does not exist");
  }
}
