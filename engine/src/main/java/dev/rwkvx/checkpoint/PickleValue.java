package dev.rwkvx.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a pickle may hold. Containers have identity and no structural equality: comparing or hashing
 * them would follow the nesting that the file chose.
 */
sealed interface PickleValue {
  record Text(String value) implements PickleValue {}

  /** A Long, a Double, or a BigInteger beyond the range of long. */
  record Numeric(Number value) implements PickleValue {}

  record Bool(boolean value) implements PickleValue {}

  /** Harmless and of no use here: None, bytes, a device. */
  record Opaque(String description) implements PickleValue {}

  /** A list, tuple or set. */
  final class Sequence implements PickleValue {
    final List<PickleValue> items = new ArrayList<>();
  }

  /** A dictionary; only its text keys are looked up. */
  final class Dictionary implements PickleValue {
    final SequencedMap<String, PickleValue> named = new LinkedHashMap<>();
    final List<PickleValue> unnamed = new ArrayList<>();

    void put(PickleValue key, PickleValue value) {
      if (key instanceof Text text) {
        named.put(text.value(), value);
      } else {
        unnamed.add(value);
      }
    }
  }

  /** A class or function that the pickle refers to by name, one of the few that are known. */
  enum Function implements PickleValue {
    ORDERED_DICTIONARY,
    SET,
    ENCODE_BYTES,
    DEVICE,
    SIZE,
    REBUILD_TENSOR,
    REBUILD_TYPED_TENSOR,
    REBUILD_PARAMETER
  }

  /** A torch.dtype, or the class of a storage with that element type; null for untyped storages. */
  record ElementType(@Nullable DType type) implements PickleValue {}

  /** A storage by its key, with the element type (null if untyped) and size in bytes. */
  record Storage(String key, @Nullable DType type, long byteSize) implements PickleValue {}

  /** A tensor as declared: nothing is checked yet. Offset and strides count elements. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record TensorView(DType type, Storage storage, long offset, long[] shape, long[] strides)
      implements PickleValue {}
}
