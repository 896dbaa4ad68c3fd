package dev.rwkvx.checkpoint;

import java.util.Map;
import java.util.SequencedMap;

/**
 * What a reader found in the bytes of a checkpoint; the elements are not touched yet.
 *
 * @param format the file format in words
 * @param layouts by tensor name, in file order
 * @param metadata what the file says beside its tensors
 * @param checksums of the storages of the layouts, by tensor name, where the file has them
 */
record StoredTensors(
    String format,
    SequencedMap<String, TensorLayout> layouts,
    Map<String, String> metadata,
    Map<String, Checksum> checksums) {
  /** More tensors than any real checkpoint has; bounds what a hostile file makes us allocate. */
  static final int MAX_TENSORS = 1 << 20;

  /** Tensors of a file without checksums. */
  StoredTensors(
      String format, SequencedMap<String, TensorLayout> layouts, Map<String, String> metadata) {
    this(format, layouts, metadata, Map.of());
  }
}
