package dev.rwkvx.checkpoint;

import dev.rwkvx.checkpoint.PickleValue.Bool;
import dev.rwkvx.checkpoint.PickleValue.Dictionary;
import dev.rwkvx.checkpoint.PickleValue.Sequence;
import dev.rwkvx.checkpoint.PickleValue.Storage;
import dev.rwkvx.checkpoint.PickleValue.Text;
import dev.rwkvx.io.ByteSource;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/**
 * Torch's format before zip: five pickles (a magic number, the format version, facts about the
 * machine, the object, the keys of its storages), then for each key the number of elements in eight
 * bytes and the elements.
 */
final class TorchLegacyReader {
  private static final PickleValue MAGIC =
      new PickleValue.Numeric(new BigInteger("1950a86a20f9469cfc6c", 16));
  private static final PickleValue VERSION = new PickleValue.Numeric(1001L);

  private final ByteSource source;
  private final TorchObjects objects;
  private long position;

  private TorchLegacyReader(ByteSource source) {
    this.source = source;
    this.objects = new TorchObjects(source);
  }

  static StoredTensors read(ByteSource source) {
    return new TorchLegacyReader(source).read();
  }

  private StoredTensors read() {
    if (!unpickle().equals(MAGIC) || !unpickle().equals(VERSION)) {
      throw source.error("is a pickle but not one written by torch.save");
    }
    if (unpickle() instanceof Dictionary machine
        && machine.named.get("little_endian") instanceof Bool littleEndian
        && !littleEndian.value()) {
      throw source.error("was saved in big-endian byte order; expected little-endian");
    }
    PickleValue root = unpickle();
    Map<String, MemorySegment> storages = storages(unpickle());
    return TorchStateDictionary.read(
        source,
        "torch legacy",
        root,
        key -> {
          MemorySegment storage = storages.get(key);
          return storage == null ? null : new TorchStateDictionary.Storage(storage, null);
        });
  }

  private PickleValue unpickle() {
    PickleMachine machine = new PickleMachine(source, position, objects);
    PickleValue value = machine.run();
    position = machine.position();
    return value;
  }

  private Map<String, MemorySegment> storages(PickleValue keys) {
    if (!(keys instanceof Sequence sequence)) {
      throw source.error("has no list of storages; damaged");
    }
    Map<String, MemorySegment> storages = new HashMap<>();
    for (PickleValue item : sequence.items) {
      Storage storage = item instanceof Text key ? objects.storages().get(key.value()) : null;
      if (storage == null) {
        throw source.error("lists a storage that no tensor refers to; damaged");
      }
      int elementBytes = storage.type() == null ? 1 : storage.type().bytes();
      long elements = source.signedLong(position);
      if (elements != storage.byteSize() / elementBytes) {
        throw source.error(
            "storage '" + storage.key() + "' has another size than its tensors; damaged");
      }
      position += Long.BYTES;
      storages.put(storage.key(), source.slice(position, storage.byteSize()));
      position += storage.byteSize();
    }
    return storages;
  }
}
