package dev.rwkvx.training.run;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  @TempDir private Path folder;

  @Test
  void theChecksumIsThatOfTensorBoard() {
    // CRC-32C of "123456789" is 0xE3069283.
    int crc = 0xE3069283;
    assertThat(EventFile.maskedChecksum("123456789".getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo((crc >>> 15 | crc << 17) + 0xa282ead8);
  }

  @Test
  void whatIsWrittenReadsBack() throws IOException {
    Path path = folder.resolve("events.out.tfevents.test");
    long length;
    try (EventFile file = new EventFile(path, 0, _ -> {})) {
      file.add(new StepMetrics(1, 640, 2.5, 2.25, 6e-4, 0.75, 1000, false, null));
      length = file.length();
      file.add(new StepMetrics(2, 1280, 7, 7, 7, 7, 7, false, 7.0));
    }
    try (EventFile file = new EventFile(path, length, _ -> {})) {
      file.add(new StepMetrics(300, 192_000, Double.NaN, 2, 6e-5, 0.5, 900, true, 3.5));
    }

    List<Map<Integer, Object>> events = events(ByteBuffer.wrap(Files.readAllBytes(path)));
    assertThat(events).hasSize(3);
    assertThat(events.get(0).get(3)).isEqualTo("brain.Event:2");
    assertThat(events.get(1).get(2)).isEqualTo(1L);
    assertThat(events.get(1).get(5))
        .isEqualTo(
            Map.of(
                "loss", 2.5f,
                "cross_entropy", 2.25f,
                "learning_rate", 6e-4f,
                "gradient_norm", 0.75f,
                "tokens", 640f,
                "tokens_per_second", 1000f));
    assertThat(events.get(2).get(2)).isEqualTo(300L);
    assertThat(events.get(2).get(5))
        .isEqualTo(
            Map.of(
                "cross_entropy", 2f,
                "learning_rate", 6e-5f,
                "gradient_norm", 0.5f,
                "tokens", 192_000f,
                "tokens_per_second", 900f,
                "validation_loss", 3.5f));
    assertThat((double) events.get(2).get(1)).isGreaterThan(1.6e9);
  }

  /** Fields by number; the summary as values by tag. */
  private static List<Map<Integer, Object>> events(ByteBuffer file) {
    file.order(LITTLE_ENDIAN);
    List<Map<Integer, Object>> events = new ArrayList<>();
    while (file.hasRemaining()) {
      byte[] length = new byte[8];
      file.get(length);
      assertThat(file.getInt()).isEqualTo(EventFile.maskedChecksum(length));
      byte[] message = new byte[(int) ByteBuffer.wrap(length).order(LITTLE_ENDIAN).getLong()];
      file.get(message);
      assertThat(file.getInt()).isEqualTo(EventFile.maskedChecksum(message));
      Map<Integer, Object> event = new LinkedHashMap<>();
      ByteBuffer in = ByteBuffer.wrap(message).order(LITTLE_ENDIAN);
      while (in.hasRemaining()) {
        int key = (int) varint(in);
        event.put(
            key >>> 3,
            switch (key) {
              case 1 << 3 | 1 -> in.getDouble();
              case 2 << 3 -> varint(in);
              case 3 << 3 | 2 -> new String(bytes(in).array(), StandardCharsets.UTF_8);
              case 5 << 3 | 2 -> summary(bytes(in));
              default -> throw new AssertionError("unknown key " + key);
            });
      }
      events.add(event);
    }
    return events;
  }

  private static Map<String, Float> summary(ByteBuffer in) {
    Map<String, Float> values = new LinkedHashMap<>();
    while (in.hasRemaining()) {
      assertThat(varint(in)).isEqualTo(1 << 3 | 2);
      ByteBuffer value = bytes(in);
      assertThat(varint(value)).isEqualTo(1 << 3 | 2);
      String tag = new String(bytes(value).array(), StandardCharsets.UTF_8);
      assertThat(varint(value)).isEqualTo(2 << 3 | 5);
      values.put(tag, value.getFloat());
      assertThat(value.hasRemaining()).isFalse();
    }
    return values;
  }

  private static ByteBuffer bytes(ByteBuffer in) {
    byte[] content = new byte[(int) varint(in)];
    in.get(content);
    return ByteBuffer.wrap(content).order(LITTLE_ENDIAN);
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = in.get();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }
}
