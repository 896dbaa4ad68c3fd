package dev.rwkvx.checkpoint;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.rwkvx.io.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Writes a GGUF file of version 3: values under keys, descriptions of all tensors, their data at
 * multiples of 32 bytes.
 */
public final class GgufWriter extends TensorWriter {
  private GgufWriter(Path target, AtomicFile file, List<TensorHeader> tensors) {
    super(target, file, tensors);
  }

  /**
   * {@return whether a file of this name is written in this format}
   *
   * @param file only its name counts
   */
  public static boolean isName(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
  }

  /**
   * Starts a file and writes all that stands before the data.
   *
   * @param target the file, which appears when the writer is committed
   * @param tensors what will be written, in this order; names are distinct, shapes have one to four
   *     dimensions, none of them 0
   * @param metadata values to write in front
   * @return the writer, at the first tensor; to be closed by the caller
   */
  public static GgufWriter create(Path target, List<TensorHeader> tensors, GgufMetadata metadata) {
    byte[] head = head(tensors, metadata);
    GgufWriter writer = new GgufWriter(target, open(target), tensors);
    writer.start(() -> {
      writer.append(ByteBuffer.wrap(head));
      writer.pad();
    });
    return writer;
  }

  private static byte[] head(List<TensorHeader> tensors, GgufMetadata metadata) {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    head.writeBytes(GgufReader.MAGIC.getBytes(StandardCharsets.US_ASCII));
    head.writeBytes(buffer(4).putInt(GgufReader.VERSION).array());
    head.writeBytes(buffer(16).putLong(tensors.size()).putLong(metadata.count()).array());
    head.writeBytes(metadata.toByteArray());
    Set<String> names = new HashSet<>();
    long offset = 0;
    for (TensorHeader tensor : tensors) {
      if (!names.add(tensor.name())) {
        throw new IllegalArgumentException("the name '" + tensor.name() + "' is taken");
      }
      head.writeBytes(description(tensor, offset));
      offset = Math.addExact(offset, padded(tensor.byteSize()));
    }
    return head.toByteArray();
  }

  private static byte[] description(TensorHeader tensor, long offset) {
    byte[] name = tensor.name().getBytes(StandardCharsets.UTF_8);
    long[] shape = tensor.shape();
    ByteBuffer description = buffer(8 + name.length + 4 + 8 * shape.length + 4 + 8);
    description.putLong(name.length).put(name).putInt(shape.length);
    // Innermost first.
    for (int i = shape.length - 1; i >= 0; i--) {
      description.putLong(shape[i]);
    }
    return description.putInt(GgufType.number(tensor.type())).putLong(offset).array();
  }

  private static long padded(long size) {
    return Math.addExact(size, -size & GgufReader.DEFAULT_ALIGNMENT - 1);
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(LITTLE_ENDIAN);
  }

  private void pad() throws IOException {
    long position = position();
    append(ByteBuffer.allocate((int) (padded(position) - position)));
  }

  @Override
  void begin(TensorHeader tensor) {}

  @Override
  void end() throws IOException {
    pad();
  }

  @Override
  void finish() {}
}
