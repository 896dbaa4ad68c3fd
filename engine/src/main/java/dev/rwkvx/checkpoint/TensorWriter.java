package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import dev.rwkvx.io.AtomicFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes a checkpoint front to back: the elements of each tensor in the declared order, each in as
 * many pieces as the caller likes. The file appears on {@link #commit()}; closing without it leaves
 * nothing.
 *
 * <p>When the file cannot be written, for want of space for example, all methods throw {@link
 * InputException} with the reason.
 */
public abstract sealed class TensorWriter implements AutoCloseable
    permits SafetensorsWriter, PthWriter, GgufWriter {
  private static final int PIECE = 1 << 20;

  private final Path target;
  private final AtomicFile file;
  private final List<TensorHeader> tensors;
  private int current;
  private long written;

  TensorWriter(Path target, AtomicFile file, List<TensorHeader> tensors) {
    this.target = target;
    this.file = file;
    this.tensors = List.copyOf(tensors);
  }

  /**
   * Starts a file in the format that its name ends in: {@code .pth} for torch, anything else for
   * safetensors.
   *
   * @param target the file, which appears when the writer is committed
   * @param tensors what will be written, in this order; names are distinct
   * @param metadata strings to keep beside the tensors, where the format has a place for them
   * @return the writer, at the first tensor; to be closed by the caller
   * @throws InputException when a type is one of GGUF files alone, or the file cannot be written
   */
  public static TensorWriter create(
      Path target, List<TensorHeader> tensors, Map<String, String> metadata) {
    for (TensorHeader tensor : tensors) {
      if (tensor.type().isQuantized()) {
        throw new InputException(
            target
                + ": cannot hold '"
                + tensor.name()
                + "' as "
                + tensor.type()
                + "; convert the model that it comes from first");
      }
    }
    return PthWriter.isName(target)
        ? PthWriter.create(target, tensors)
        : SafetensorsWriter.create(target, tensors, metadata);
  }

  // --- of the format -------------------------------------------------------------------------

  /** Writes what stands before the elements of a tensor. */
  abstract void begin(TensorHeader tensor) throws IOException;

  /** Writes what stands behind the elements of the tensor that {@link #begin} announced. */
  abstract void end() throws IOException;

  /** Writes what stands behind all tensors. */
  abstract void finish() throws IOException;

  interface Start {
    void write() throws IOException;
  }

  static AtomicFile open(Path target) {
    try {
      return AtomicFile.create(target);
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  /** Writes what stands before all tensors, or leaves no file. */
  final void start(Start start) {
    try {
      start.write();
      if (!tensors.isEmpty()) {
        begin(tensors.getFirst());
      }
      skipComplete();
    } catch (IOException e) {
      close();
      throw failed(target, e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Writes bytes behind all others. */
  void append(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      file.channel().write(bytes);
    }
  }

  /** Bytes written so far. */
  final long position() throws IOException {
    return file.channel().position();
  }

  /** Writes bytes over earlier ones. */
  final void overwrite(ByteBuffer bytes, long position) throws IOException {
    long end = position();
    file.channel().position(position);
    append(bytes);
    file.channel().position(end);
  }

  // --- of the caller -------------------------------------------------------------------------

  /**
   * Writes the next little-endian elements of the current tensor, which they may not exceed.
   *
   * @param elements some or all that are left of the tensor
   */
  public final void write(MemorySegment elements) {
    long size = elements.byteSize();
    if (size == 0) {
      return;
    }
    long missing = currentTensor().byteSize() - written;
    if (size > missing) {
      throw new IllegalStateException(
          size + " bytes for the remaining " + missing + " of " + currentTensor());
    }
    try {
      // In pieces, because channels copy what lies on the heap to a buffer of the same size.
      for (long at = 0; at < size; at += PIECE) {
        append(elements.asSlice(at, Math.min(PIECE, size - at)).asByteBuffer());
      }
      written += size;
      skipComplete();
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  /**
   * Writes {@code values[from, to)} as the next elements of the current tensor, rounded to nearest,
   * ties to even, if its type is narrower. The type must be a floating one.
   *
   * @param values row-major
   * @param from index of the first value
   * @param to index after the last one
   */
  public final void writeFloats(float[] values, int from, int to) {
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
  public final void commit() {
    if (current < tensors.size()) {
      throw new IllegalStateException("elements are missing: " + currentTensor());
    }
    try {
      finish();
      file.commit();
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  @Override
  public final void close() {
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

  private void skipComplete() throws IOException {
    while (current < tensors.size() && written == tensors.get(current).byteSize()) {
      end();
      current++;
      written = 0;
      if (current < tensors.size()) {
        begin(tensors.get(current));
      }
    }
  }

  private static InputException failed(Path target, IOException cause) {
    String reason =
        cause instanceof FileSystemException named ? named.getReason() : cause.getMessage();
    return new InputException(target + ": " + reason, cause);
  }
}
