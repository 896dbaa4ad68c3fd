package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SequencedSet;

/**
 * Tensors by name. Safe for use by many threads; the data of its tensors is valid until it is
 * closed.
 */
public interface Checkpoint extends AutoCloseable {
  /**
   * Opens a torch checkpoint (zip or older), a safetensors file, the index of a sharded one, or the
   * folder that holds one of the latter two. The content decides, not the extension. Files are
   * mapped, so that this takes no longer for large files, and never trusted.
   *
   * @throws InputException when the file is missing, unreadable, damaged or of another kind
   */
  static Checkpoint open(Path file) {
    return MappedCheckpoint.open(file);
  }

  /** The file or folder that was opened. */
  Path path();

  /** The file format in words, such as {@code torch zip} or {@code safetensors}. */
  String format();

  /** The names of all tensors in file order. */
  SequencedSet<String> names();

  boolean contains(String name);

  /**
   * The tensor of this name: a view of the mapped file, or a copy if the file has its elements in
   * another order than row-major.
   *
   * @throws InputException when there is none
   */
  Tensor tensor(String name);

  /**
   * The element type of a tensor; its data is not touched.
   *
   * @throws InputException when there is none of this name
   */
  DType type(String name);

  /**
   * The dimensions of a tensor, outermost first; its data is not touched.
   *
   * @throws InputException when there is none of this name
   */
  long[] shape(String name);

  /**
   * What the file says beside its tensors: the metadata of a safetensors file, or the strings and
   * numbers that stand beside the tensors of a torch file.
   */
  Map<String, String> metadata();

  /** Unmaps the file: the data of tensors that are views must not be used any more. */
  @Override
  void close();
}
