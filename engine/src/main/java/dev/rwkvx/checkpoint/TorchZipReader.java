package dev.rwkvx.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Torch's zip format: {@code NAME/data.pkl} describes the tensors, {@code NAME/data/KEY} are the
 * storages, {@code NAME/byteorder} is the byte order, little-endian if absent.
 */
final class TorchZipReader {
  private static final String PICKLE = "data.pkl";

  private TorchZipReader() {}

  static StoredTensors read(ByteSource source) {
    SequencedMap<String, MemorySegment> entries = ZipDirectory.read(source);
    Map.Entry<String, MemorySegment> entry = pickle(source, entries);
    String prefix = entry.getKey().substring(0, entry.getKey().length() - PICKLE.length());
    MemorySegment order = entries.get(prefix + "byteorder");
    if (order != null && !new ByteSource(source.name(), order).startsWith(0, "little")) {
      throw source.error("was saved in big-endian byte order; expected little-endian");
    }
    ByteSource pickle = new ByteSource(source.name(), entry.getValue());
    PickleValue root = new PickleMachine(pickle, 0, new TorchObjects(source)).run();
    return TorchStateDictionary.read(
        source, "torch zip", root, key -> entries.get(prefix + "data/" + key));
  }

  /** The description of the tensors; its folder is the name the file had when it was saved. */
  private static Map.Entry<String, MemorySegment> pickle(
      ByteSource source, SequencedMap<String, MemorySegment> entries) {
    for (Map.Entry<String, MemorySegment> entry : entries.entrySet()) {
      String name = entry.getKey();
      if (name.substring(name.indexOf('/') + 1).equals(PICKLE)) {
        return entry;
      }
    }
    throw source.error("is a zip archive without data.pkl; expected one written by torch.save");
  }
}
