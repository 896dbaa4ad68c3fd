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
   * Opens a torch checkpoint (zip or older), a GGUF file of an RWKV-7 model or the first of several
   * parts, a safetensors file, the index of a sharded one, or the folder that holds one of the
   * latter two. The content decides, not the extension. Files are mapped, so that this takes no
   * longer for large files, and never trusted.
   *
   * <p>Tensors of GGUF files, and those under the names of Hugging Face repositories
   * (flash-linear-attention, transformers), get their official names and shapes.
   *
   * @param file the file, index or folder
   * @return the tensors, to be closed by the caller; they must not be used afterwards
   * @throws InputException when the file is damaged or of another kind, or when a model under the
   *     names of Hugging Face lacks a tensor
   * @throws dev.rwkvx.UnreadableException when it is missing or cannot be read
   */
  static Checkpoint open(Path file) {
    return MappedCheckpoint.open(file);
  }

  /** {@return the file or folder that was opened} */
  Path path();

  /** {@return the file format in words, such as {@code torch zip} or {@code safetensors}} */
  String format();

  /** {@return the names of all tensors in file order} */
  SequencedSet<String> names();

  /**
   * {@return whether there is a tensor of this name}
   *
   * @param name as in the file, such as {@code blocks.0.att.key.weight}
   */
  boolean contains(String name);

  /**
   * {@return the tensor of this name: a view of the mapped file, or a copy if the file has its
   * elements in another order than row-major}
   *
   * <p>Files that this program wrote have a checksum for each tensor. It is compared when the
   * tensor is asked for, the first time, which reads the tensor once.
   *
   * @param name as in the file, such as {@code blocks.0.att.key.weight}
   * @throws InputException when there is none, or its checksum is another
   */
  Tensor tensor(String name);

  /**
   * {@return the element type of a tensor; its data is not touched}
   *
   * @param name as in the file, such as {@code blocks.0.att.key.weight}
   * @throws InputException when there is none of this name
   */
  DType type(String name);

  /**
   * {@return the dimensions of a tensor, outermost first; its data is not touched}
   *
   * @param name as in the file, such as {@code blocks.0.att.key.weight}
   * @throws InputException when there is none of this name
   */
  long[] shape(String name);

  /**
   * {@return whether the file has a checksum for a tensor, which {@link #tensor} compares}
   *
   * @param name of a tensor of this checkpoint
   */
  default boolean hasChecksum(String name) {
    return false;
  }

  /**
   * {@return what the file says beside its tensors: the metadata of a safetensors file, or the
   * strings and numbers that stand beside the tensors of a torch file}
   */
  Map<String, String> metadata();

  /**
   * {@return how many tensors lie in another order than row-major, so that they are copied whenever
   * they are read}
   */
  default long rearranged() {
    return 0;
  }

  /** Unmaps the file: the data of tensors that are views must not be used any more. */
  @Override
  void close();
}
