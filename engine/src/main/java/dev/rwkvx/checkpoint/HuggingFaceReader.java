package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.NameConvention.Place;
import dev.rwkvx.checkpoint.NameConvention.Row;
import dev.rwkvx.io.ByteSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Gives the tensors of a Hugging Face repository their official names and shapes. What lies in
 * another order stays where it is: its layout says so, and it is copied when it is read.
 */
final class HuggingFaceReader {
  private final NameConvention convention;
  private final StoredTensors stored;
  private final String path;
  private final SequencedMap<String, TensorLayout> layouts = new LinkedHashMap<>();
  private final Map<String, Checksum> checksums = new HashMap<>();

  private HuggingFaceReader(NameConvention convention, StoredTensors stored, String path) {
    this.convention = convention;
    this.stored = stored;
    this.path = path;
  }

  /**
   * Translates what has the names of a Hugging Face repository, and leaves all else as it is.
   *
   * @param stored what a file holds
   * @param path names the file in messages
   * @param config the {@code config.json} beside it, opened when it is needed
   * @throws InputException when a tensor is missing, is none of RWKV-7's or has another shape, or
   *     when the configuration asks for another model
   */
  static StoredTensors read(StoredTensors stored, String path, ConfigFile config) {
    return NameConvention.of(stored.layouts().keySet())
        .map(convention -> new HuggingFaceReader(convention, stored, path).read(config))
        .orElse(stored);
  }

  /** Opens {@code config.json}. */
  interface ConfigFile {
    /** Empty when there is none. */
    Optional<ByteSource> open();
  }

  private StoredTensors read(ConfigFile file) {
    HuggingFaceConfig config =
        file.open().map(HuggingFaceConfig::read).orElseGet(HuggingFaceConfig::none);
    Map<String, Row> rows = convention.byTheirNames();
    int blocks = 0;
    for (Map.Entry<String, TensorLayout> entry : stored.layouts().entrySet()) {
      String name = entry.getKey();
      Row row = rows.get(NameConvention.template(name));
      if (row == null) {
        throw error("tensor '" + name + "' is none that an RWKV-7 model has");
      }
      String block = NameConvention.block(name);
      blocks = Math.max(blocks, block.isEmpty() ? 0 : Integer.parseInt(block) + 1);
      add(new Place(row, block), entry.getValue());
    }
    if (config.tied() && layouts.containsKey("emb.weight")) {
      layouts.putIfAbsent("head.weight", layouts.get("emb.weight"));
    }
    requireAll(blocks);
    config.requireBlocks(blocks);
    return new StoredTensors(
        stored.format() + " with " + convention.label() + " names",
        layouts,
        stored.metadata(),
        checksums);
  }

  private void add(Place place, TensorLayout layout) {
    switch (place.row().form()) {
      case SAME -> put(place, place.official(), layout);
      case SHIFT, FLAT -> put(place, place.official(), flat(layout));
      case TRANSPOSED -> put(place, place.official(), transposed(place, layout));
      case SIX_ROWS -> {
        requireRank(place, layout);
        if (layout.shape()[0] != NameConvention.SHIFTS.length()) {
          throw wrongShape(place, layout, "6 rows");
        }
        String name = place.official();
        for (int i = 0; i < NameConvention.SHIFTS.length(); i++) {
          String official = name.substring(0, name.length() - 1) + NameConvention.SHIFTS.charAt(i);
          put(place, official, row(layout, i));
        }
      }
    }
  }

  private void put(Place place, String official, TensorLayout layout) {
    if (layouts.putIfAbsent(official, layout) != null) {
      throw error("tensor '" + place.theirs() + "' is there twice, under two names");
    }
    Checksum checksum = stored.checksums().get(place.theirs());
    if (checksum != null) {
      checksums.put(official, checksum);
    }
  }

  /** [C] as [1,1,C]; converters differ, and other shapes are left to those who read them. */
  private static TensorLayout flat(TensorLayout layout) {
    return layout.shape().length == 1
        ? vector(layout, layout.shape()[0], layout.strides()[0], layout.offset())
        : layout;
  }

  private static TensorLayout row(TensorLayout layout, int index) {
    long start = layout.offset() + index * layout.strides()[0];
    return vector(layout, layout.shape()[1], layout.strides()[1], start);
  }

  private static TensorLayout vector(TensorLayout layout, long size, long stride, long offset) {
    long outer = size * stride;
    return new TensorLayout(
        layout.type(),
        new long[] {1, 1, size},
        new long[] {outer, outer, stride},
        offset,
        layout.storage());
  }

  private TensorLayout transposed(Place place, TensorLayout layout) {
    requireRank(place, layout);
    return layout.transposed();
  }

  private void requireRank(Place place, TensorLayout layout) {
    if (layout.shape().length != 2) {
      throw wrongShape(place, layout, "a matrix");
    }
  }

  /** A model without one of its tensors would be a shorter one, or another. */
  private void requireAll(int blocks) {
    Optional<Place> missing =
        convention
            .places(blocks)
            .filter(place -> !layouts.containsKey(place.official()))
            .findFirst();
    if (missing.isPresent()) {
      throw error(
          "has no tensor '"
              + missing.get().theirs()
              + "'; if it is one part of a model, open the folder or the index of all parts");
    }
  }

  private InputException wrongShape(Place place, TensorLayout layout, String expected) {
    return error(
        "tensor '"
            + place.theirs()
            + "' has shape "
            + Arrays.toString(layout.shape())
            + ": expected "
            + expected);
  }

  private InputException error(String problem) {
    return ByteSource.error(path, problem);
  }
}
