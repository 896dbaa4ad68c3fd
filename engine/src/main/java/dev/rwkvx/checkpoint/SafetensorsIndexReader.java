package dev.rwkvx.checkpoint;

import dev.rwkvx.io.ByteSource;
import dev.rwkvx.io.JsonReader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;

/**
 * The index of a sharded safetensors checkpoint: JSON whose {@code weight_map} names, for each
 * tensor, the file beside the index that has it.
 */
final class SafetensorsIndexReader {
  private SafetensorsIndexReader() {}

  /**
   * Reads the index and the headers of its shards.
   *
   * @param shards opens the file of this name beside the index
   */
  static StoredTensors read(ByteSource source, Function<String, ByteSource> shards) {
    Map<String, StoredTensors> opened = new LinkedHashMap<>();
    SequencedMap<String, TensorLayout> layouts = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, Checksum> checksums = new LinkedHashMap<>();
    weightMap(source)
        .forEach((tensor, file) -> {
          StoredTensors shard =
              opened.computeIfAbsent(file, _ -> SafetensorsReader.read(shards.apply(file)));
          TensorLayout layout = shard.layouts().get(tensor);
          if (layout == null) {
            throw source.error(
                "places tensor '" + tensor + "' in '" + file + "', which does not have it");
          }
          layouts.put(tensor, layout);
          Checksum checksum = shard.checksums().get(tensor);
          if (checksum != null) {
            checksums.put(tensor, checksum);
          }
        });
    opened.values().forEach(shard -> shard.metadata().forEach(metadata::putIfAbsent));
    return new StoredTensors("sharded safetensors", layouts, metadata, checksums);
  }

  private static SequencedMap<String, String> weightMap(ByteSource source) {
    if (source.size() > SafetensorsReader.MAX_HEADER) {
      throw source.error(
          "is JSON of " + source.size() + " bytes; the limit is " + SafetensorsReader.MAX_HEADER);
    }
    SequencedMap<String, String> files = new LinkedHashMap<>();
    JsonReader json = new JsonReader(source, 0, source.size());
    json.object(name -> {
      if (name.equals("weight_map")) {
        json.object(tensor -> add(source, files, tensor, json.string()));
      } else {
        json.skip();
      }
    });
    json.end();
    if (files.isEmpty()) {
      throw source.error("is JSON without a weight_map; expected the index of a checkpoint");
    }
    return files;
  }

  private static void add(
      ByteSource source, Map<String, String> files, String tensor, String file) {
    if (!isPlainName(file)) {
      throw source.error(
          "places tensor '" + tensor + "' in '" + file + "'; expected a file beside the index");
    }
    if (files.putIfAbsent(tensor, file) != null) {
      throw source.error("places tensor '" + tensor + "' twice");
    }
    if (files.size() > StoredTensors.MAX_TENSORS) {
      throw source.error("has more than " + StoredTensors.MAX_TENSORS + " tensors");
    }
  }

  private static boolean isPlainName(String file) {
    return !file.isBlank()
        && !file.equals(".")
        && !file.equals("..")
        && file.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }
}
