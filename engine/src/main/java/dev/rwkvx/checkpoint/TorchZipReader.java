package dev.rwkvx.checkpoint;

import dev.rwkvx.checkpoint.TorchStateDictionary.Storage;
import dev.rwkvx.io.ByteSource;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Torch's zip format: {@code NAME/data.pkl} describes the tensors, {@code NAME/data/KEY} are the
 * storages, {@code NAME/byteorder} is the byte order, little-endian if absent.
 *
 * <p>Torch neither looks at the checksums of entries nor always writes them: they count in files
 * that have {@link #CHECKED}, as those of {@link PthWriter} do.
 */
final class TorchZipReader {
  private static final String PICKLE = "data.pkl";

  /** An entry beside the pickle which says that all entries have the checksums they should. */
  static final String CHECKED = ".data/rwkvx.crc32";

  private static final String STORAGES = "data/";

  private TorchZipReader() {}

  static StoredTensors read(ByteSource source) {
    SequencedMap<String, ZipDirectory.Entry> entries = ZipDirectory.read(source);
    String pickleName = pickle(source, entries);
    String prefix = pickleName.substring(0, pickleName.length() - PICKLE.length());
    MemorySegment order = bytes(entries.get(prefix + "byteorder"));
    if (order != null && !new ByteSource(source.name(), order).startsWith(0, "little")) {
      throw source.error("was saved in big-endian byte order; expected little-endian");
    }
    ZipDirectory.Entry pickle = Objects.requireNonNull(entries.get(pickleName));
    boolean checked = entries.containsKey(prefix + CHECKED);
    if (checked && !checksum(pickle).fits(pickle.bytes())) {
      throw source.error("is damaged: '" + pickleName + "' does not have its checksum");
    }
    ByteSource program = new ByteSource(source.name(), pickle.bytes());
    PickleValue root = new PickleMachine(program, 0, new TorchObjects(source)).run();
    return TorchStateDictionary.read(
        source,
        "torch zip",
        root,
        key -> {
          ZipDirectory.Entry entry = entries.get(prefix + STORAGES + key);
          return entry == null
              ? null
              : new Storage(entry.bytes(), checked ? checksum(entry) : null);
        });
  }

  private static @Nullable MemorySegment bytes(ZipDirectory.@Nullable Entry entry) {
    return entry == null ? null : entry.bytes();
  }

  private static Checksum checksum(ZipDirectory.Entry entry) {
    return new Checksum(Checksum.Kind.CRC32, entry.crc32());
  }

  /** The description of the tensors; its folder is the name the file had when it was saved. */
  private static String pickle(
      ByteSource source, SequencedMap<String, ZipDirectory.Entry> entries) {
    for (String name : entries.sequencedKeySet()) {
      if (name.substring(name.indexOf('/') + 1).equals(PICKLE)) {
        return name;
      }
    }
    throw source.error("is a zip archive without data.pkl; expected one written by torch.save");
  }
}
