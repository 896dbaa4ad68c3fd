package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SafetensorsWriterTest {
  private static final List<TensorHeader> HEADERS =
      List.of(
          new TensorHeader("none", DType.F32, new long[] {0, 4}),
          new TensorHeader("a \"quoted\"\\\n name, naïve 🦜", DType.F32, new long[] {2, 3}),
          new TensorHeader("scalar", DType.BF16, new long[] {}),
          new TensorHeader("large", DType.F16, new long[] {700_001}),
          new TensorHeader("bytes", DType.U8, new long[] {3}),
          new TensorHeader("doubles", DType.F64, new long[] {2}),
          new TensorHeader("none at the end", DType.I8, new long[] {0}));

  @TempDir Path folder;

  @Test
  void whatIsWrittenIsRead() throws IOException {
    Path target = folder.resolve("out.safetensors");
    Random random = new Random(3);
    float[] large = new float[700_001];
    for (int i = 0; i < large.length; i++) {
      large[i] = (random.nextInt(2000) - 1000) / 8f;
    }
    Map<String, String> metadata = Map.of("chunk\tsize", "2048", "vocabulary", "\u0001 \"world\"");
    try (SafetensorsWriter writer = SafetensorsWriter.create(target, HEADERS, metadata)) {
      writer.writeFloats(new float[] {9, 1, 2, 3, 4, 9}, 1, 5);
      writer.write(MemorySegment.ofArray(new Bytes().u32(0x3f80_0000).u32(0).toArray()));
      writer.writeFloats(new float[] {1 + 1 / 256f}, 0, 1);
      writer.writeFloats(large, 0, 10);
      writer.writeFloats(large, 10, large.length);
      writer.write(MemorySegment.ofArray(new byte[] {1, 2, 3}));
      writer.writeFloats(new float[] {0.1f, -2}, 0, 2);
      assertThat(target).doesNotExist();
      writer.commit();
    }
    byte[] file = Files.readAllBytes(target);
    assertThat((Golden.source("out", file).signedLong(0) + 8) % 64).isZero();
    try (Checkpoint read = Checkpoint.open(target)) {
      assertThat(read.format()).isEqualTo("safetensors");
      assertThat(read.metadata()).isEqualTo(metadata);
      assertThat(read.names())
          .containsExactlyElementsOf(HEADERS.stream().map(TensorHeader::name).toList());
      for (TensorHeader header : HEADERS) {
        assertThat(read.type(header.name())).isEqualTo(header.type());
        assertThat(read.shape(header.name())).isEqualTo(header.shape());
      }
      assertThat(read.tensor(HEADERS.get(1).name()).toFloats()).containsExactly(1, 2, 3, 4, 1, 0);
      // Half a step above 1: the tie goes to the even neighbour.
      assertThat(read.tensor("scalar").floatAt(0)).isEqualTo(1);
      assertThat(read.tensor("large").toFloats()).isEqualTo(large);
      assertThat(read.tensor("doubles").toFloats()).containsExactly(0.1f, -2);
    }
  }

  @Test
  void closingWithoutCommitLeavesNothing() throws IOException {
    Path target = folder.resolve("out.safetensors");
    try (SafetensorsWriter writer = SafetensorsWriter.create(target, HEADERS, Map.of())) {
      writer.writeFloats(new float[] {1, 2, 3}, 0, 3);
      assertThatThrownBy(writer::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("elements are missing");
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void piecesMayNotCrossTheEndOfTheirTensor() {
    Path target = folder.resolve("out.safetensors");
    List<TensorHeader> one = HEADERS.subList(1, 2);
    try (SafetensorsWriter writer = SafetensorsWriter.create(target, one, Map.of())) {
      assertThatThrownBy(() -> writer.writeFloats(new float[7], 0, 7))
          .isInstanceOf(IllegalStateException.class);
      writer.writeFloats(new float[6], 0, 6);
      assertThatThrownBy(() -> writer.writeFloats(new float[1], 0, 1))
          .isInstanceOf(IllegalStateException.class);
      writer.commit();
    }
    assertThat(target).exists();
  }

  @Test
  void unusableTargetsAndHeadersAreRefused() {
    Path nowhere = folder.resolve("missing/out.safetensors");
    assertThatThrownBy(() -> SafetensorsWriter.create(nowhere, HEADERS, Map.of()))
        .isInstanceOf(InputException.class)
        .hasMessage(nowhere + ": cannot be written: its folder does not exist");
    Path target = folder.resolve("out.safetensors");
    List<TensorHeader> twice = List.of(HEADERS.get(0), HEADERS.get(0));
    assertThatThrownBy(() -> SafetensorsWriter.create(target, twice, Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new TensorHeader("x", DType.F32, new long[] {-1}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(folder).isEmptyDirectory();
  }
}
