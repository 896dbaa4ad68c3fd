package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import dev.rwkvx.io.ByteSource;
import dev.rwkvx.io.JsonReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The safetensors format: the length of the header in eight bytes, the header (JSON: type, shape
 * and place of each tensor, and a map of strings), the elements.
 */
final class SafetensorsReader {
  /** The limit of the format's own implementation. */
  static final long MAX_HEADER = 100_000_000;

  static final String METADATA = "__metadata__";

  /** The bytes of a tensor, counted from the end of the header. */
  private record Range(String name, long start, long end) {}

  private final ByteSource source;
  private final JsonReader json;
  private final long dataStart;
  private final SequencedMap<String, TensorLayout> layouts = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<Range> ranges = new ArrayList<>();
  private final Map<String, Checksum> checksums = new LinkedHashMap<>();
  private boolean metadataRead;

  private SafetensorsReader(ByteSource source, long headerLength) {
    this.source = source;
    this.json = new JsonReader(source, Long.BYTES, headerLength);
    this.dataStart = Long.BYTES + headerLength;
  }

  static StoredTensors read(ByteSource source) {
    long headerLength = source.signedLong(0);
    if (headerLength < 0 || headerLength > MAX_HEADER) {
      throw source.error(
          "declares a safetensors header of "
              + Long.toUnsignedString(headerLength)
              + " bytes; the limit is "
              + MAX_HEADER);
    }
    if (headerLength > source.size() - Long.BYTES) {
      throw source.error(
          "is truncated: its safetensors header has "
              + headerLength
              + " bytes, the file "
              + source.size());
    }
    HeaderChecksums sums = HeaderChecksums.read(source, Long.BYTES + headerLength);
    SafetensorsReader reader = new SafetensorsReader(source, headerLength);
    reader.json.object(reader::member);
    reader.json.end();
    reader.refuseOverlaps();
    if (sums != null) {
      reader.take(sums);
    }
    return new StoredTensors("safetensors", reader.layouts, reader.metadata, reader.checksums);
  }

  private void take(HeaderChecksums sums) {
    if (sums.tensors() != layouts.size()) {
      throw source.error(
          "has %d checksums for %d tensors".formatted(sums.tensors(), layouts.size()));
    }
    int index = 0;
    for (String name : layouts.sequencedKeySet()) {
      checksums.put(name, sums.ofTensor(index++));
    }
  }

  private void member(String name) {
    if (name.equals(METADATA)) {
      readMetadata();
    } else {
      readTensor(name);
    }
  }

  private void readMetadata() {
    if (metadataRead) {
      throw source.error("has its metadata twice");
    }
    metadataRead = true;
    json.object(key -> {
      if (metadata.putIfAbsent(key, json.string()) != null) {
        throw source.error("has the metadata '" + key + "' twice");
      }
    });
    // It tells of this file's bytes, and of no other's that gets the same metadata.
    metadata.remove(HeaderChecksums.KEY);
  }

  private void readTensor(String name) {
    Declaration declaration = new Declaration(name);
    json.object(declaration::member);
    TensorLayout layout = declaration.layout();
    if (layouts.putIfAbsent(name, layout) != null) {
      throw source.error("has two tensors '" + name + "'");
    }
    if (layouts.size() > StoredTensors.MAX_TENSORS) {
      throw source.error("has more than " + StoredTensors.MAX_TENSORS + " tensors");
    }
  }

  private void refuseOverlaps() {
    ranges.sort(Comparator.comparingLong(Range::start));
    for (int i = 1; i < ranges.size(); i++) {
      Range left = ranges.get(i - 1);
      Range right = ranges.get(i);
      if (left.end > right.start) {
        throw source.error("tensors '" + left.name + "' and '" + right.name + "' overlap");
      }
    }
  }

  /** What the header says about one tensor, in whatever order it says it. */
  private final class Declaration {
    private final String name;
    private @Nullable DType type;
    private long @Nullable [] shape;
    private long @Nullable [] offsets;

    Declaration(String name) {
      this.name = name;
    }

    void member(String field) {
      switch (field) {
        case "dtype" -> {
          requireFirst(field, type);
          String label = json.string();
          type = DType.ofLabel(label);
          if (type == null) {
            throw error("has the unknown type '" + label + "'");
          }
        }
        case "shape" -> {
          requireFirst(field, shape);
          shape = wholes(Shapes.MAX_RANK);
        }
        case "data_offsets" -> {
          requireFirst(field, offsets);
          offsets = wholes(2);
        }
        default -> json.skip();
      }
    }

    private void requireFirst(String field, @Nullable Object value) {
      if (value != null) {
        throw error("has two fields '" + field + "'");
      }
    }

    private long[] wholes(int limit) {
      long[] wholes = new long[limit];
      int[] count = {0};
      json.array(() -> {
        if (count[0] == limit) {
          throw error("has a list of more than " + limit + " numbers");
        }
        long whole = json.whole();
        if (whole < 0) {
          throw error("has the negative size or offset " + whole);
        }
        wholes[count[0]++] = whole;
      });
      return Arrays.copyOf(wholes, count[0]);
    }

    TensorLayout layout() {
      if (type == null || shape == null || offsets == null || offsets.length != 2) {
        throw error("lacks a dtype, a shape or two data_offsets");
      }
      long start = offsets[0];
      long end = offsets[1];
      if (start > end || end > source.size() - dataStart) {
        throw error(
            "lies at bytes "
                + start
                + " to "
                + end
                + " of the data, which has "
                + (source.size() - dataStart)
                + "; truncated or damaged");
      }
      if (declaredBytes(type, shape) != end - start) {
        throw error("has " + (end - start) + " bytes, which do not fit its type and shape");
      }
      if (start < end) {
        ranges.add(new Range(name, start, end));
      }
      return TensorLayout.contiguous(type, shape, source.slice(dataStart + start, end - start));
    }

    private long declaredBytes(DType type, long[] shape) {
      try {
        return Math.multiplyExact(Shapes.elements(shape), type.bytes());
      } catch (ArithmeticException e) {
        throw new InputException(
            source.name() + ": tensor '" + name + "' declares a size beyond 64 bits", e);
      }
    }

    private InputException error(String problem) {
      return source.error("tensor '" + name + "' " + problem);
    }
  }
}
