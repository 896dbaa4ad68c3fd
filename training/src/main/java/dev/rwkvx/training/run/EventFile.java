package dev.rwkvx.training.run;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * The curves of a run for TensorBoard: TFRecords of {@code Event} messages in the wire format of
 * protocol buffers. A record is its length (8 bytes), a checksum of these, the message and a
 * checksum of it, all little-endian.
 */
final class EventFile implements AutoCloseable {
  private static final int LENGTH = Long.BYTES;
  private static final int CHECKSUM = Integer.BYTES;

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  // Fields of Event, Summary and Summary.Value.
  private static final int EVENT_WALL_TIME = 1;
  private static final int EVENT_STEP = 2;
  private static final int EVENT_FILE_VERSION = 3;
  private static final int EVENT_SUMMARY = 5;
  private static final int SUMMARY_VALUE = 1;
  private static final int VALUE_TAG = 1;
  private static final int VALUE_SIMPLE = 2;

  private final AppendedFile file;

  /**
   * @param length bytes of the file that stay; 0 for a new one
   * @param warning hears of a file that is shorter
   */
  EventFile(Path path, long length, Consumer<String> warning) {
    file = new AppendedFile(path, length, EventFile::afterLastRecord, warning);
    if (file.length() == 0) {
      Message version = event();
      version.bytes(EVENT_FILE_VERSION, utf8("brain.Event:2"));
      append(version.toByteArray());
    }
  }

  /** Adds the curves' points of a step; those that are not finite are left out. */
  void add(StepMetrics m) {
    SequencedMap<String, Double> values = new LinkedHashMap<>();
    values.put("loss", m.loss());
    values.put("cross_entropy", m.crossEntropy());
    values.put("learning_rate", m.rate());
    values.put("gradient_norm", m.gradientNorm());
    values.put("tokens", (double) m.tokens());
    values.put("tokens_per_second", m.tokensPerSecond());
    Double validation = m.validationLoss();
    if (validation != null) {
      values.put("validation_loss", validation);
    }
    Message summary = new Message();
    for (Map.Entry<String, Double> entry : values.entrySet()) {
      if (Double.isFinite(entry.getValue())) {
        Message value = new Message();
        value.bytes(VALUE_TAG, utf8(entry.getKey()));
        value.fixed32(VALUE_SIMPLE, Float.floatToRawIntBits(entry.getValue().floatValue()));
        summary.bytes(SUMMARY_VALUE, value.toByteArray());
      }
    }
    Message event = event();
    event.varint(EVENT_STEP, m.step());
    event.bytes(EVENT_SUMMARY, summary.toByteArray());
    append(event.toByteArray());
  }

  long length() {
    return file.length();
  }

  void force() {
    file.force();
  }

  @Override
  public void close() {
    file.close();
  }

  private static Message event() {
    Message event = new Message();
    event.fixed64(EVENT_WALL_TIME, Double.doubleToRawLongBits(System.currentTimeMillis() / 1e3));
    return event;
  }

  private void append(byte[] message) {
    byte[] length = ByteBuffer.allocate(8).order(LITTLE_ENDIAN).putLong(message.length).array();
    file.append(
        ByteBuffer.allocate(message.length + 16)
            .order(LITTLE_ENDIAN)
            .put(length)
            .putInt(maskedChecksum(length))
            .put(message)
            .putInt(maskedChecksum(message))
            .array());
  }

  private static long afterLastRecord(FileChannel channel) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(LENGTH + CHECKSUM).order(LITTLE_ENDIAN);
    long at = 0;
    while (channel.read(start.clear(), at) == start.capacity()) {
      long message = start.getLong(0);
      long most = channel.size() - at - start.capacity() - CHECKSUM;
      boolean whole = start.getInt(LENGTH) == maskedChecksum(Arrays.copyOf(start.array(), LENGTH));
      if (!whole || message < 0 || message > most) {
        break;
      }
      at += start.capacity() + message + CHECKSUM;
    }
    return at;
  }

  /** CRC-32C, rotated and shifted so that a checksum over data with checksums is a good one. */
  static int maskedChecksum(byte[] data) {
    CRC32C checksum = new CRC32C();
    checksum.update(data);
    return Integer.rotateRight((int) checksum.getValue(), 15) + 0xa282ead8;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A message of protocol buffers, field after field. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void varint(int field, long value) {
      key(field, VARINT);
      number(value);
    }

    void fixed64(int field, long bits) {
      key(field, FIXED64);
      out.writeBytes(ByteBuffer.allocate(8).order(LITTLE_ENDIAN).putLong(bits).array());
    }

    void fixed32(int field, int bits) {
      key(field, FIXED32);
      out.writeBytes(ByteBuffer.allocate(4).order(LITTLE_ENDIAN).putInt(bits).array());
    }

    void bytes(int field, byte[] content) {
      key(field, BYTES);
      number(content.length);
      out.writeBytes(content);
    }

    byte[] toByteArray() {
      return out.toByteArray();
    }

    private void key(int field, int wireType) {
      number((long) field << 3 | wireType);
    }

    private void number(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) (rest & 0x7f | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }
  }
}
