package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.GgufNames.Row;
import dev.rwkvx.io.ByteSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Gives the tensors of an RWKV-7 GGUF file their official names and shapes. What lies in another
 * order stays where it is: its layout says so, and it is copied when it is read.
 */
final class GgufTensors {
  private final ByteSource source;
  private final int headSize;
  private final Map<String, Row> rows = GgufNames.byTheirNames();
  private final SequencedMap<String, TensorLayout> official = new LinkedHashMap<>();
  private int blocks;

  GgufTensors(ByteSource source, int headSize) {
    this.source = source;
    this.headSize = headSize;
  }

  /** The tensors so far, under official names and in official shapes. */
  SequencedMap<String, TensorLayout> official() {
    return official;
  }

  /** The number of the last block of which there is a tensor, plus 1. */
  int blocks() {
    return blocks;
  }

  /** Adds a tensor of the file; one that belongs to no RWKV-7 keeps its name. */
  void add(String name, TensorLayout tensor) {
    String block = NameConvention.block(name);
    Row row = rows.get(NameConvention.template(name));
    if (row == null) {
      put(name, tensor, name);
      return;
    }
    blocks = Math.max(blocks, row.inBlock() ? Integer.parseInt(block) + 1 : 0);
    String officialName = row.official().replace("#", block);
    if (GgufNames.isUnused(officialName)) {
      // Copies of the first block's a, which nobody reads.
      return;
    }
    switch (row.form()) {
      case SAME -> put(officialName, tensor, name);
      case FLAT -> put(officialName, flat(name, tensor), name);
      case HEADS -> put(officialName, heads(name, tensor), name);
      case TRANSPOSED -> put(officialName, transposed(name, tensor), name);
      case SIX_ROWS -> addMixes(officialName, name, tensor);
    }
  }

  private void put(String officialName, TensorLayout tensor, String name) {
    if (official.putIfAbsent(officialName, tensor) != null) {
      throw source.error("has the tensor '" + name + "' twice");
    }
  }

  private TensorLayout flat(String name, TensorLayout tensor) {
    requirePlain(name, tensor);
    return shaped(tensor, 1, 1, Shapes.elements(tensor.shape()));
  }

  private TensorLayout heads(String name, TensorLayout tensor) {
    requirePlain(name, tensor);
    long elements = Shapes.elements(tensor.shape());
    if (elements % headSize != 0) {
      throw error(name, tensor, "a multiple of the head size " + headSize);
    }
    return shaped(tensor, elements / headSize, headSize);
  }

  private static TensorLayout shaped(TensorLayout tensor, long... shape) {
    return TensorLayout.contiguous(tensor.type(), shape, tensor.storage());
  }

  private TensorLayout transposed(String name, TensorLayout tensor) {
    if (tensor.shape().length != 2) {
      throw error(name, tensor, "two dimensions");
    }
    return tensor.transposed();
  }

  private void addMixes(String beginning, String name, TensorLayout tensor) {
    requirePlain(name, tensor);
    long[] shape = tensor.shape();
    long width = shape[shape.length - 1];
    if (Shapes.elements(shape) != width * GgufNames.MIXES.length()) {
      throw error(name, tensor, "rows for r, w, k, v, a and g");
    }
    long bytes = tensor.type().byteSize(width);
    for (int i = 0; i < GgufNames.MIXES.length(); i++) {
      TensorLayout row =
          TensorLayout.contiguous(
              tensor.type(), new long[] {1, 1, width}, tensor.storage().asSlice(i * bytes, bytes));
      put(beginning + GgufNames.MIXES.charAt(i), row, name);
    }
  }

  private void requirePlain(String name, TensorLayout tensor) {
    if (tensor.type().isQuantized()) {
      throw error(name, tensor, "F32, F16 or BF16");
    }
  }

  private InputException error(String name, TensorLayout tensor, String expected) {
    return source.error(
        "tensor '%s' %s%s does not fit; expected %s"
            .formatted(name, tensor.type(), Arrays.toString(tensor.shape()), expected));
  }
}
