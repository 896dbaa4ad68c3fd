package dev.rwkvx.checkpoint;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.rwkvx.InputException;
import dev.rwkvx.io.AtomicFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Writes a safetensors file front to back: the header first, then the elements of each tensor in
 * the declared order, each in as many pieces as the caller likes. The file appears on {@link
 * #commit()}; closing without it leaves nothing. Data starts at a multiple of 64 bytes.
 *
 * <p>When the file cannot be written, for want of space for example, all methods throw {@link
 * InputException} with the reason.
 */
public final class SafetensorsWriter implements AutoCloseable {
  private static final int ALIGNMENT = 64;
  private static final int PIECE = 1 << 20;

  private final Path target;
  private final AtomicFile file;
  private final List<TensorHeader> tensors;
  private int current;
  private long written;

  private SafetensorsWriter(Path target, AtomicFile file, List<TensorHeader> tensors) {
    this.target = target;
    this.file = file;
    this.tensors = List.copyOf(tensors);
    skipComplete();
  }

  /**
   * Starts a file and writes its header.
   *
   * @param tensors what will be written, in this order; names are distinct
   * @param metadata strings to keep beside the tensors
   */
  public static SafetensorsWriter create(
      Path target, List<TensorHeader> tensors, Map<String, String> metadata) {
    byte[] header = header(tensors, metadata);
    try {
      AtomicFile file = AtomicFile.create(target);
      SafetensorsWriter writer = new SafetensorsWriter(target, file, tensors);
      try {
        writer.writeAll(ByteBuffer.wrap(header));
      } catch (IOException | RuntimeException e) {
        file.close();
        throw e;
      }
      return writer;
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  /** Writes the next little-endian elements of the current tensor, which they may not exceed. */
  public void write(MemorySegment elements) {
    claim(elements.byteSize());
    try {
      // In pieces, because channels copy what lies on the heap to a buffer of the same size.
      for (long at = 0; at < elements.byteSize(); at += PIECE) {
        long length = Math.min(PIECE, elements.byteSize() - at);
        writeAll(elements.asSlice(at, length).asByteBuffer());
      }
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  /**
   * Writes {@code values[from, to)} as the next elements of the current tensor, rounded to nearest,
   * ties to even, if its type is narrower. The type must be a floating one.
   */
  public void writeFloats(float[] values, int from, int to) {
    if (from < 0 || to < from || to > values.length) {
      throw new IndexOutOfBoundsException(from + " to " + to + " of " + values.length);
    }
    if (from == to) {
      return;
    }
    DType type = currentTensor().type();
    int step = PIECE / type.bytes();
    MemorySegment piece = MemorySegment.ofArray(new byte[Math.min(step, to - from) * type.bytes()]);
    for (int at = from; at < to; at += Math.min(step, to - at)) {
      int count = Math.min(step, to - at);
      FloatTypes.narrow(values, at, count, type, piece);
      write(piece.asSlice(0, (long) count * type.bytes()));
    }
  }

  /**
   * Makes the file appear.
   *
   * @throws IllegalStateException when elements are missing
   */
  public void commit() {
    if (current < tensors.size()) {
      throw new IllegalStateException("elements are missing: " + currentTensor());
    }
    try {
      file.commit();
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  private TensorHeader currentTensor() {
    if (current == tensors.size()) {
      throw new IllegalStateException("all tensors of " + target + " are written");
    }
    return tensors.get(current);
  }

  private void claim(long bytes) {
    if (bytes == 0) {
      return;
    }
    long missing = currentTensor().byteSize() - written;
    if (bytes > missing) {
      throw new IllegalStateException(
          bytes + " bytes for the remaining " + missing + " of " + currentTensor());
    }
    written += bytes;
    skipComplete();
  }

  private void skipComplete() {
    while (current < tensors.size() && written == tensors.get(current).byteSize()) {
      current++;
      written = 0;
    }
  }

  private void writeAll(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      file.channel().write(bytes);
    }
  }

  private static InputException failed(Path target, IOException cause) {
    String reason =
        switch (cause) {
          case NoSuchFileException _ -> "its folder does not exist";
          case AccessDeniedException _ -> "permission denied";
          default -> cause.getMessage();
        };
    return new InputException(target + ": cannot be written: " + reason, cause);
  }

  private static byte[] header(List<TensorHeader> tensors, Map<String, String> metadata) {
    StringJoiner members = new StringJoiner(",", "{", "}");
    if (!metadata.isEmpty()) {
      StringJoiner strings = new StringJoiner(",", "{", "}");
      metadata.forEach((key, value) -> strings.add(quote(key) + ":" + quote(value)));
      members.add(quote(SafetensorsReader.METADATA) + ":" + strings);
    }
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
