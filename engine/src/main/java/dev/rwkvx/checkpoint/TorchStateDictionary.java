package dev.rwkvx.checkpoint;

import dev.rwkvx.checkpoint.PickleValue.Bool;
import dev.rwkvx.checkpoint.PickleValue.Dictionary;
import dev.rwkvx.checkpoint.PickleValue.TensorView;
import dev.rwkvx.checkpoint.PickleValue.Text;
import dev.rwkvx.io.ByteSource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the dictionary of weights in what a torch pickle holds, and places its tensors. */
final class TorchStateDictionary {
  private static final List<String> USUAL_NAMES =
      List.of("model", "state_dict", "model_state_dict", "module", "weights");
  // Copies of tensors that are not contiguous may exceed the size of the file by so much together.
  private static final long COPY_ALLOWANCE = 1 << 20;
  private static final int LISTED = 8;

  private record Named(String name, Dictionary dictionary) {
    boolean holdsTensors() {
      return dictionary.named.values().stream().anyMatch(TensorView.class::isInstance);
    }
  }

  /**
   * Elements of one or more tensors.
   *
   * @param checksum null where the file has none that counts
   */
  record Storage(MemorySegment bytes, @Nullable Checksum checksum) {}

  private final ByteSource source;
  private final Function<String, @Nullable Storage> storages;
  private final SequencedMap<String, TensorLayout> layouts = new LinkedHashMap<>();
  private final Map<String, Checksum> checksums = new LinkedHashMap<>();
  private long copied;

  private TorchStateDictionary(ByteSource source, Function<String, @Nullable Storage> storages) {
    this.source = source;
    this.storages = storages;
  }

  /**
   * Reads what {@code root} says about tensors.
   *
   * @param storages a storage by its key, null if the file lacks it
   */
  static StoredTensors read(
      ByteSource source,
      String format,
      PickleValue root,
      Function<String, @Nullable Storage> storages) {
    TorchStateDictionary dictionary = new TorchStateDictionary(source, storages);
    dictionary
        .findWeights(root)
        .named
        .forEach((name, value) -> {
          if (value instanceof TensorView tensor) {
            dictionary.place(name, tensor);
          }
        });
    return new StoredTensors(format, dictionary.layouts, metadata(root), dictionary.checksums);
  }

  /**
   * The outermost dictionary of tensors. If several are equally far out, such as weights and their
   * moving averages, one of the usual names decides.
   */
  private Dictionary findWeights(PickleValue root) {
    List<Named> level = new ArrayList<>();
    if (root instanceof Dictionary dictionary) {
      level.add(new Named("", dictionary));
    }
    Set<Dictionary> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    while (!level.isEmpty()) {
      List<Named> candidates = level.stream().filter(Named::holdsTensors).toList();
      if (candidates.size() == 1) {
        return candidates.getFirst().dictionary;
      }
      if (!candidates.isEmpty()) {
        return usual(candidates);
      }
      level = dictionariesBelow(level, seen);
    }
    throw source.error("holds no dictionary of tensors; found " + describe(root));
  }

  private Dictionary usual(List<Named> candidates) {
    for (String name : USUAL_NAMES) {
      for (Named candidate : candidates) {
        if (candidate.name.equals(name)) {
          return candidate.dictionary;
        }
      }
    }
    throw source.error(
        "holds several dictionaries of tensors ("
            + list(candidates.stream().map(Named::name).toList())
            + "); save the one to use into a file of its own");
  }

  private static List<Named> dictionariesBelow(List<Named> level, Set<Dictionary> seen) {
    List<Named> below = new ArrayList<>();
    for (Named outer : level) {
      outer.dictionary.named.forEach((name, value) -> {
        if (value instanceof Dictionary inner && seen.add(inner)) {
          below.add(new Named(name, inner));
        }
      });
    }
    return below;
  }

  private void place(String name, TensorView tensor) {
    Storage storage = storages.apply(tensor.storage().key());
    if (storage == null || storage.bytes.byteSize() < tensor.storage().byteSize()) {
      throw source.error(
          "tensor '"
              + name
              + "' needs "
              + tensor.storage().byteSize()
              + " bytes of storage '"
              + tensor.storage().key()
              + "', the file has "
              + (storage == null ? "none" : storage.bytes.byteSize())
              + "; truncated or damaged");
    }
    TensorLayout layout;
    try {
      requireInside(name, tensor);
      layout =
          new TensorLayout(
              tensor.type(), tensor.shape(), tensor.strides(), tensor.offset(), storage.bytes);
      if (!layout.isContiguous()) {
        copied = Math.addExact(copied, layout.byteSize());
      }
    } catch (ArithmeticException e) {
      throw source.error("tensor '" + name + "' declares a size beyond 64 bits");
    }
    if (copied > source.size() + COPY_ALLOWANCE) {
      throw source.error(
          "tensor '"
              + name
              + "' repeats its elements to more than the size of the file;"
              + " save it with torch as tensor.contiguous()");
    }
    layouts.put(name, layout);
    if (storage.checksum != null) {
      checksums.put(name, storage.checksum);
    }
  }

  private void requireInside(String name, TensorView tensor) {
    long[] shape = tensor.shape();
    long[] strides = tensor.strides();
    boolean valid = shape.length == strides.length && tensor.offset() >= 0;
    long last = tensor.offset();
    for (int i = 0; valid && i < shape.length; i++) {
      valid = shape[i] >= 0 && strides[i] >= 0;
      last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[i] - 1), strides[i]));
    }
    if (!valid) {
      throw source.error("tensor '" + name + "' declares an impossible shape, stride or offset");
    }
    long bytes = Math.multiplyExact(Shapes.elements(shape), tensor.type().bytes());
    long end = Math.multiplyExact(Math.addExact(last, 1), tensor.type().bytes());
    if (bytes > 0 && end > tensor.storage().byteSize()) {
      throw source.error(
          "tensor '"
              + name
              + "' reaches to byte "
              + end
              + " of its storage, which has only "
              + tensor.storage().byteSize());
    }
  }

  /** The strings, numbers and truth values beside the weights, as text. */
  private static Map<String, String> metadata(PickleValue root) {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (root instanceof Dictionary dictionary) {
      dictionary.named.forEach((name, value) -> {
        switch (value) {
          case Text text -> metadata.put(name, text.value());
          case PickleValue.Numeric number -> metadata.put(name, number.value().toString());
          case Bool bool -> metadata.put(name, Boolean.toString(bool.value()));
          default -> {}
        }
      });
    }
    return metadata;
  }

  private static String describe(PickleValue root) {
    return switch (root) {
      case Dictionary dictionary when dictionary.named.isEmpty() -> "a dictionary without names";
      case Dictionary dictionary -> "a dictionary of " + list(dictionary.named.keySet());
      case PickleValue.Sequence sequence -> "a list of " + sequence.items.size();
      case TensorView _ -> "a single tensor without a name";
      default -> "a single value";
    };
  }

  private static String list(Collection<String> names) {
    List<String> quoted = new ArrayList<>();
    names.stream().limit(LISTED).forEach(name -> quoted.add("'" + name + "'"));
    return String.join(", ", quoted) + (names.size() > LISTED ? ", …" : "");
  }
}
