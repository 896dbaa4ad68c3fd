package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A flipped bit anywhere in a file that was written here is found, or changes nothing. */
final class ChecksumTest {
  private static final int FLIPS = 300;
  private static final Map<String, String> METADATA = Map.of("rwkvx.position", "123456", "a", "b");

  @TempDir private Path folder;

  /** What somebody who opens a file gets from it. */
  private record Content(SequencedMap<String, String> tensors, Map<String, String> metadata) {
    static Content of(Path file) {
      SequencedMap<String, String> tensors = new LinkedHashMap<>();
      try (Checkpoint checkpoint = Checkpoint.open(file)) {
        for (String name : checkpoint.names()) {
          Tensor tensor = checkpoint.tensor(name);
          byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
          tensors.put(tensor.toString(), HexFormat.of().formatHex(bytes));
        }
        return new Content(tensors, Map.copyOf(checkpoint.metadata()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "model.pth"})
  void flippedBits(String name) throws IOException {
    Path file = written(name);
    byte[] whole = Files.readAllBytes(file);
    Content content = Content.of(file);
    Random random = new Random(22);
    int found = 0;
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < FLIPS; i++) {
      // Half of them where the format is told, at the two ends.
      int end = Math.min(whole.length, 1500);
      places.add(
          switch (i % 4) {
            case 0 -> random.nextInt(end);
            case 1 -> whole.length - 1 - random.nextInt(end);
            default -> random.nextInt(whole.length);
          });
    }
    for (int place : places) {
      byte[] flipped = whole.clone();
      flipped[place] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, flipped);
      try {
        Content read = Content.of(file);
        assertThat(read.tensors).as("byte %d", place).isEqualTo(content.tensors);
        assertThat(read.metadata).containsAllEntriesOf(content.metadata);
      } catch (InputException refused) {
        assertThat(refused).hasMessageContaining(file.toString());
        found++;
      }
    }
    assertThat(found).isGreaterThan(FLIPS / 2);
  }

  @Test
  void theTensorIsNamed() throws IOException {
    Path file = written("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThat(checkpoint.tensor("first").elements()).isEqualTo(500);
      assertThatThrownBy(() -> checkpoint.tensor("second"))
          .isInstanceOf(InputException.class)
          .hasMessage(
              file + " is damaged: tensor 'second' does not have the checksum it was written with");
    }
  }

  /** Other programs write metadata that they found into files of their own. */
  @Test
  void checksumsOfAnotherFileDoNotCount() throws IOException {
    Path file = written("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    int headerLength = (int) Golden.source("file", bytes).signedLong(0);
    String header = new String(bytes, 8, headerLength, StandardCharsets.UTF_8);
    String entry = header.substring(header.indexOf("\"rwkvx.crc32c\""), header.indexOf("\",") + 1);
    String moved =
        header.replace(entry + ",", "").replaceFirst("\"a\":\"b\"", "\"a\":\"b\"," + entry);
    byte[] data = Arrays.copyOfRange(bytes, 8 + headerLength, bytes.length);
    data[0] ^= 1;
    byte[] changed =
        new Bytes()
            .u64(moved.length())
            .raw(moved.getBytes(StandardCharsets.UTF_8))
            .raw(data)
            .toArray();
    Files.write(file, changed);
    assertThat(Content.of(file).metadata).isEqualTo(METADATA);
  }

  private Path written(String name) {
    Path file = folder.resolve(name);
    List<TensorHeader> headers =
        List.of(
            new TensorHeader("first", DType.F32, new long[] {5, 100}),
            new TensorHeader("second", DType.BF16, new long[] {700}));
    Random random = new Random(7);
    try (TensorWriter writer = TensorWriter.create(file, headers, METADATA)) {
      for (TensorHeader header : headers) {
        float[] values = new float[(int) (header.byteSize() / header.type().bytes())];
        for (int i = 0; i < values.length; i++) {
          values[i] = random.nextFloat();
        }
        writer.writeFloats(values, 0, values.length);
      }
      writer.commit();
    }
    return file;
  }
}
