package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.PickleValue.Dictionary;
import dev.rwkvx.checkpoint.PickleValue.ElementType;
import dev.rwkvx.checkpoint.PickleValue.Function;
import dev.rwkvx.checkpoint.PickleValue.Opaque;
import dev.rwkvx.checkpoint.PickleValue.Sequence;
import dev.rwkvx.checkpoint.PickleValue.Storage;
import dev.rwkvx.checkpoint.PickleValue.TensorView;
import dev.rwkvx.checkpoint.PickleValue.Text;
import dev.rwkvx.io.ByteSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names that torch writes into pickles, and what they stand for. All others are refused. */
final class TorchObjects {
  private static final Map<String, PickleValue> KNOWN =
      Map.ofEntries(
          Map.entry("collections.OrderedDict", Function.ORDERED_DICTIONARY),
          Map.entry("builtins.set", Function.SET),
          Map.entry("builtins.frozenset", Function.SET),
          Map.entry("__builtin__.set", Function.SET),
          Map.entry("__builtin__.frozenset", Function.SET),
          // How protocol 2 writes bytes.
          Map.entry("_codecs.encode", Function.ENCODE_BYTES),
          Map.entry("torch.device", Function.DEVICE),
          Map.entry("torch.Size", Function.SIZE),
          Map.entry("torch._utils._rebuild_tensor", Function.REBUILD_TENSOR),
          Map.entry("torch._utils._rebuild_tensor_v2", Function.REBUILD_TENSOR),
          Map.entry("torch._utils._rebuild_tensor_v3", Function.REBUILD_TYPED_TENSOR),
          Map.entry("torch._utils._rebuild_parameter", Function.REBUILD_PARAMETER),
          Map.entry("torch._utils._rebuild_parameter_with_state", Function.REBUILD_PARAMETER),
          Map.entry("torch.storage.UntypedStorage", new ElementType(null)),
          Map.entry("torch.UntypedStorage", new ElementType(null)),
          Map.entry("torch.DoubleStorage", new ElementType(DType.F64)),
          Map.entry("torch.FloatStorage", new ElementType(DType.F32)),
          Map.entry("torch.HalfStorage", new ElementType(DType.F16)),
          Map.entry("torch.BFloat16Storage", new ElementType(DType.BF16)),
          Map.entry("torch.LongStorage", new ElementType(DType.I64)),
          Map.entry("torch.IntStorage", new ElementType(DType.I32)),
          Map.entry("torch.ShortStorage", new ElementType(DType.I16)),
          Map.entry("torch.CharStorage", new ElementType(DType.I8)),
          Map.entry("torch.ByteStorage", new ElementType(DType.U8)),
          Map.entry("torch.BoolStorage", new ElementType(DType.BOOL)),
          Map.entry("torch.float64", new ElementType(DType.F64)),
          Map.entry("torch.float32", new ElementType(DType.F32)),
          Map.entry("torch.float16", new ElementType(DType.F16)),
          Map.entry("torch.bfloat16", new ElementType(DType.BF16)),
          Map.entry("torch.int64", new ElementType(DType.I64)),
          Map.entry("torch.int32", new ElementType(DType.I32)),
          Map.entry("torch.int16", new ElementType(DType.I16)),
          Map.entry("torch.int8", new ElementType(DType.I8)),
          Map.entry("torch.uint8", new ElementType(DType.U8)),
          Map.entry("torch.bool", new ElementType(DType.BOOL)));

  private final ByteSource source;
  private final PickleWork work;
  private final Map<String, Storage> storages = new LinkedHashMap<>();

  TorchObjects(ByteSource source) {
    this.source = source;
    work = new PickleWork(source);
  }

  /** What has been made so far, in all pickles of the file. */
  PickleWork work() {
    return work;
  }

  /** The storages that were referred to so far, by key. */
  Map<String, Storage> storages() {
    return storages;
  }

  /** What the name {@code module.name} stands for. */
  PickleValue find(String module, String name) {
    PickleValue known = KNOWN.get(module + "." + name);
    if (known == null) {
      throw source.error(
          "asks to call '"
              + module
              + "."
              + name
              + "', but checkpoints are read without running code:"
              + " only tensors, dictionaries, lists, strings and numbers are allowed");
    }
    return known;
  }

  /** The value of calling {@code function}. */
  PickleValue call(PickleValue function, PickleValue arguments) {
    if (!(function instanceof Function known) || !(arguments instanceof Sequence sequence)) {
      throw source.error("its pickle calls something that is not a function");
    }
    List<PickleValue> values = sequence.items;
    return switch (known) {
      case ORDERED_DICTIONARY -> orderedDictionary(values);
      case SET, SIZE -> values.isEmpty() ? new Sequence() : sequence(values, 0);
      case ENCODE_BYTES -> new Opaque("bytes");
      case DEVICE -> new Opaque("device");
      case REBUILD_TENSOR -> tensor(values, storageAt(values).type());
      case REBUILD_TYPED_TENSOR -> tensor(values, elementType(argument(values, 6)));
      case REBUILD_PARAMETER -> parameter(values);
    };
  }

  /** The storage that a persistent id describes: ('storage', class, key, device, elements). */
  PickleValue storage(PickleValue id) {
    if (!(id instanceof Sequence sequence)) {
      throw source.error("its pickle refers to a storage by something other than a tuple");
    }
    List<PickleValue> values = sequence.items;
    if (!(argument(values, 0) instanceof Text kind)
        || !kind.value().equals("storage")
        || !(argument(values, 1) instanceof ElementType element)
        || !(argument(values, 2) instanceof Text key)) {
      throw source.error("its pickle refers to something outside itself that is not a storage");
    }
    // Torch before 0.4 could store one storage as a part of another.
    if (values.size() > 5 && !values.get(5).equals(new Opaque("None"))) {
      throw source.error("has nested storages; load it with torch and save it again");
    }
    DType type = element.type();
    Storage storage = new Storage(key.value(), type, byteSize(key, whole(values, 4), type));
    Storage earlier = storages.putIfAbsent(storage.key(), storage);
    if (earlier != null && !earlier.equals(storage)) {
      throw source.error("declares storage '" + storage.key() + "' twice, with different sizes");
    }
    return storage;
  }

  private long byteSize(Text key, long elements, @Nullable DType type) {
    int bytes = type == null ? 1 : type.bytes();
    if (elements < 0 || elements > Long.MAX_VALUE / bytes) {
      throw source.error("declares " + elements + " elements for storage '" + key.value() + "'");
    }
    return elements * bytes;
  }

  private Dictionary orderedDictionary(List<PickleValue> arguments) {
    Dictionary dictionary = new Dictionary();
    if (!arguments.isEmpty()) {
      List<PickleValue> pairs = sequence(arguments, 0).items;
      work.addValues(pairs.size());
      for (PickleValue pair : pairs) {
        if (!(pair instanceof Sequence entry) || entry.items.size() != 2) {
          throw source.error("its pickle has an ordered dictionary of something other than pairs");
        }
        dictionary.put(entry.items.getFirst(), entry.items.getLast());
      }
    }
    return dictionary;
  }

  private TensorView tensor(List<PickleValue> values, @Nullable DType type) {
    if (type == null) {
      throw source.error("its pickle has a tensor without an element type");
    }
    long[] shape = wholes(values, 2);
    long[] strides = wholes(values, 3);
    return new TensorView(type, storageAt(values), whole(values, 1), shape, strides);
  }

  private PickleValue parameter(List<PickleValue> values) {
    if (argument(values, 0) instanceof TensorView tensor) {
      return tensor;
    }
    throw source.error("its pickle has a parameter that is not a tensor");
  }

  private Storage storageAt(List<PickleValue> values) {
    if (argument(values, 0) instanceof Storage storage) {
      return storage;
    }
    throw source.error("its pickle has a tensor without a storage");
  }

  private @Nullable DType elementType(PickleValue value) {
    return value instanceof ElementType element ? element.type() : null;
  }

  private long[] wholes(List<PickleValue> values, int index) {
    List<PickleValue> items = sequence(values, index).items;
    if (items.size() > Shapes.MAX_RANK) {
      throw source.error("its pickle has a tensor of " + items.size() + " dimensions");
    }
    work.addValues(items.size());
    long[] wholes = new long[items.size()];
    for (int i = 0; i < wholes.length; i++) {
      wholes[i] = whole(items, i);
    }
    return wholes;
  }

  private long whole(List<PickleValue> values, int index) {
    if (argument(values, index) instanceof PickleValue.Numeric number
        && number.value() instanceof Long whole) {
      return whole;
    }
    throw argumentError(index, "a whole number of at most 64 bits");
  }

  private Sequence sequence(List<PickleValue> values, int index) {
    if (argument(values, index) instanceof Sequence sequence) {
      return sequence;
    }
    throw argumentError(index, "a list or tuple");
  }

  private PickleValue argument(List<PickleValue> values, int index) {
    if (index >= values.size()) {
      throw argumentError(index, "a value");
    }
    return values.get(index);
  }

  private InputException argumentError(int index, String expected) {
    return source.error(
        "its pickle is damaged: item " + index + " of a tuple is expected to be " + expected);
  }
}
