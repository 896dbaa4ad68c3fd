package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import dev.rwkvx.io.ByteSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The GGUF format, version 2 or 3, little-endian: a header, values under keys, descriptions of
 * tensors, their data at multiples of an alignment.
 *
 * <p>Source: docs/gguf.md of ggml.
 */
final class GgufReader {
  static final String MAGIC = "GGUF";
  static final int VERSION = 3;
  static final int DEFAULT_ALIGNMENT = 32;

  private static final int OLDEST_VERSION = 2;
  private static final int BIG_ENDIAN_VERSIONS = 0x00ff_ffff;
  private static final int MAX_DIMENSIONS = 4;
  private static final int MAX_KEYS = 1 << 16;
  private static final int MAX_NAME = 1 << 12;
  private static final long MAX_ALIGNMENT = 1 << 20;

  /**
   * What a file holds, under its own names.
   *
   * @param metadata by key
   * @param tensors by name, in file order
   */
  record Content(
      ByteSource source,
      Map<String, GgufValue> metadata,
      SequencedMap<String, TensorLayout> tensors) {}

  /**
   * A tensor as it is described; its data begins {@code offset} bytes into the data of the file.
   */
  private record Description(String name, DType type, long[] shape, long offset, long size) {}

  private final ByteSource source;
  private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  private final SequencedMap<String, Description> descriptions = new LinkedHashMap<>();
  private long at;

  private GgufReader(ByteSource source) {
    this.source = source;
  }

  static Content read(ByteSource source) {
    return new GgufReader(source).read();
  }

  private Content read() {
    requireVersion(source.signedInt(4));
    long tensors = count(8, "tensors", StoredTensors.MAX_TENSORS);
    long keys = count(16, "values of metadata", MAX_KEYS);
    at = 24;
    for (long i = 0; i < keys; i++) {
      readValue();
    }
    for (long i = 0; i < tensors; i++) {
      readDescription();
    }
    return new Content(source, metadata, layouts());
  }

  private void requireVersion(int version) {
    if ((version & BIG_ENDIAN_VERSIONS) == 0 && version != 0) {
      throw source.error("is a big-endian GGUF file; expected a little-endian one");
    }
    if (version < OLDEST_VERSION || version > VERSION) {
      throw source.error(
          "is a GGUF file of version "
              + Integer.toUnsignedString(version)
              + "; expected version 2 or 3");
    }
  }

  private long count(long place, String what, long limit) {
    long count = source.signedLong(place);
    if (count < 0 || count > limit) {
      throw source.error(
          "declares " + Long.toUnsignedString(count) + " " + what + "; the limit is " + limit);
    }
    return count;
  }

  private void readValue() {
    String key = readName("key");
    GgufValue value = GgufValue.at(source, key, at);
    at = value.end();
    if (metadata.putIfAbsent(key, value) != null) {
      throw source.error("has the metadata '" + key + "' twice");
    }
  }

  private String readName(String what) {
    long length = source.signedLong(at);
    if (length < 1 || length > MAX_NAME) {
      throw source.error(
          "has a %s of %s bytes at byte %d; expected 1 to %d"
              .formatted(what, Long.toUnsignedString(length), at, MAX_NAME));
    }
    String name = GgufValue.string(source, at);
    at = GgufValue.stringEnd(source, at);
    return name;
  }

  private void readDescription() {
    String name = readName("tensor name");
    long dimensions = source.unsignedInt(at);
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw error(name, "has " + dimensions + " dimensions; expected 1 to " + MAX_DIMENSIONS);
    }
    long[] shape = new long[(int) dimensions];
    at += 4;
    // Innermost first in the file.
    for (int i = shape.length - 1; i >= 0; i--) {
      shape[i] = source.signedLong(at);
      if (shape[i] < 1) {
        throw error(name, "has a dimension of " + Long.toUnsignedString(shape[i]));
      }
      at += 8;
    }
    DType type = GgufType.of(source.unsignedInt(at), problem -> error(name, problem));
    Description tensor =
        new Description(name, type, shape, source.signedLong(at + 4), size(name, type, shape));
    at += 12;
    if (descriptions.putIfAbsent(name, tensor) != null) {
      throw source.error("has two tensors '" + name + "'");
    }
  }

  private long size(String name, DType type, long[] shape) {
    if (shape[shape.length - 1] % type.blockElements() != 0) {
      throw error(
          name,
          "has rows of %d weights; expected a multiple of %d for the type %s"
              .formatted(shape[shape.length - 1], type.blockElements(), type));
    }
    try {
      return type.byteSize(Shapes.elements(shape));
    } catch (ArithmeticException e) {
      throw new InputException(
          source.name() + ": tensor '" + name + "' declares a size beyond 64 bits", e);
    }
  }

  private SequencedMap<String, TensorLayout> layouts() {
    long alignment = alignment();
    long start = Math.ceilDiv(at, alignment) * alignment;
    SequencedMap<String, TensorLayout> layouts = new LinkedHashMap<>();
    for (Description tensor : descriptions.values()) {
      if (tensor.offset < 0 || tensor.offset % alignment != 0) {
        throw error(
            tensor.name,
            "lies at byte %s of the data; expected a multiple of %d"
                .formatted(Long.toUnsignedString(tensor.offset), alignment));
      }
      long room = source.size() - start - tensor.offset;
      if (room < tensor.size) {
        throw error(
            tensor.name,
            "needs %d bytes, of which %d are in the file; truncated or damaged"
                .formatted(tensor.size, Math.max(0, room)));
      }
      layouts.put(
          tensor.name,
          TensorLayout.contiguous(
              tensor.type, tensor.shape, source.slice(start + tensor.offset, tensor.size)));
    }
    refuseOverlaps();
    return layouts;
  }

  private long alignment() {
    GgufValue value = metadata.get("general.alignment");
    long alignment = value == null ? DEFAULT_ALIGNMENT : value.whole();
    if (alignment < 1 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
      throw source.error(
          "has the alignment %d; expected a power of two up to %d"
              .formatted(alignment, MAX_ALIGNMENT));
    }
    return alignment;
  }

  private void refuseOverlaps() {
    List<Description> sorted = new ArrayList<>(descriptions.values());
    sorted.sort(Comparator.comparingLong(Description::offset));
    for (int i = 1; i < sorted.size(); i++) {
      Description left = sorted.get(i - 1);
      Description right = sorted.get(i);
      if (right.offset - left.offset < left.size) {
        throw source.error("tensors '" + left.name + "' and '" + right.name + "' overlap");
      }
    }
  }

  private InputException error(String tensor, String problem) {
    return source.error("tensor '" + tensor + "' " + problem);
  }
}
