package dev.rwkvx.checkpoint;

import java.util.Map;
import java.util.SequencedMap;

/**
 * What a reader found in the bytes of a checkpoint; the elements are not touched yet.
 *
 * @param format the file format in words
 * @param layouts by tensor name, in file order
 * @param metadata what the file says beside its tensors
 */
record StoredTensors(
    String format, SequencedMap<String, TensorLayout> layouts, Map<String, String> metadata) {
  /** More tensors than any real checkpoint has; bounds what a hostile file makes us allocate. */
  static final int MAX_TENSORS = 1 << 20;
}
