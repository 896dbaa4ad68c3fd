package dev.rwkvx.checkpoint;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.rwkvx.io.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.zip.CRC32C;

/**
 * Writes a safetensors file: the header first, then the elements of all tensors. Data starts at a
 * multiple of 64 bytes. The header gets {@link HeaderChecksums} at the end.
 */
public final class SafetensorsWriter extends TensorWriter {
  private static final int ALIGNMENT = 64;

  private final byte[] header;
  private final CRC32C sum = new CRC32C();
  private final int[] sums;
  private int summed;

  private SafetensorsWriter(
      Path target, AtomicFile file, List<TensorHeader> tensors, byte[] header) {
    super(target, file, tensors);
    this.header = header;
    sums = new int[tensors.size()];
  }

  /**
   * Starts a file and writes its header.
   *
   * @param target the file, which appears when the writer is committed
   * @param tensors what will be written, in this order; names are distinct
   * @param metadata strings to keep beside the tensors
   * @return the writer, at the first tensor; to be closed by the caller
   */
  public static SafetensorsWriter create(
      Path target, List<TensorHeader> tensors, Map<String, String> metadata) {
    byte[] header = header(tensors, metadata);
    SafetensorsWriter writer = new SafetensorsWriter(target, open(target), tensors, header);
    writer.start(() -> writer.append(ByteBuffer.wrap(header)));
    return writer;
  }

  @Override
  void begin(TensorHeader tensor) {
    sum.reset();
  }

  @Override
  void append(ByteBuffer bytes) throws IOException {
    sum.update(bytes.duplicate());
    super.append(bytes);
  }

  @Override
  void end() {
    sums[summed++] = (int) sum.getValue();
  }

  @Override
  void finish() throws IOException {
    HeaderChecksums.fill(header, sums);
    overwrite(ByteBuffer.wrap(header), 0);
  }

  private static byte[] header(List<TensorHeader> tensors, Map<String, String> metadata) {
    StringJoiner strings = new StringJoiner(",", "{", "}");
    strings.add(quote(HeaderChecksums.KEY) + ":" + quote(HeaderChecksums.blank(tensors.size())));
    metadata.forEach((key, value) -> strings.add(quote(key) + ":" + quote(value)));
    StringJoiner members = new StringJoiner(",", "{", "}");
    members.add(quote(SafetensorsReader.METADATA) + ":" + strings);
    Set<String> names = new HashSet<>(Set.of(SafetensorsReader.METADATA));
    long start = 0;
    for (TensorHeader tensor : tensors) {
      if (!names.add(tensor.name())) {
        throw new IllegalArgumentException("the name '" + tensor.name() + "' is taken");
      }
      long end = Math.addExact(start, tensor.byteSize());
      members.add(
          String.format(
              "%s:{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}",
              quote(tensor.name()),
              tensor.type().label(),
              Arrays.toString(tensor.shape()).replace(" ", ""),
              start,
              end));
      start = end;
    }
    byte[] json = members.toString().getBytes(StandardCharsets.UTF_8);
    if (json.length > SafetensorsReader.MAX_HEADER - ALIGNMENT) {
      throw new IllegalArgumentException("the header has " + json.length + " bytes, too many");
    }
    int size = Math.ceilDiv(Long.BYTES + json.length, ALIGNMENT) * ALIGNMENT;
    ByteBuffer header = ByteBuffer.allocate(size).order(LITTLE_ENDIAN);
    header.putLong(size - Long.BYTES).put(json);
    Arrays.fill(header.array(), header.position(), size, (byte) ' ');
    return header.array();
  }

  private static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
