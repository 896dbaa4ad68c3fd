package dev.rwkvx.checkpoint;

/**
 * Reads runs of a tensor's elements as floats, with what that needs kept for the next run: reading
 * allocates nothing. Not for use by several threads at once.
 */
public final class FloatReader {
  private final Tensor tensor;
  private final BlockCodes block = new BlockCodes();

  /**
   * A reader of one tensor.
   *
   * @param tensor of a floating or a quantised type
   */
  public FloatReader(Tensor tensor) {
    this.tensor = tensor;
  }

  /**
   * Reads elements {@code [from, from + count)}: exact, but rounded to nearest from F64.
   *
   * @param from index of the first element, in row-major order
   * @param target receives the values at {@code [at, at + count)}
   * @param at index of the first value to set
   * @param count elements; of a quantised type whole blocks, as {@code from}
   */
  public void read(long from, float[] target, int at, int count) {
    DType type = tensor.type();
    if (!type.isQuantized()) {
      FloatTypes.widen(tensor.data(), type, from, target, at, count);
      return;
    }
    int elements = type.blockElements();
    if (from % elements != 0 || count % elements != 0) {
      throw new IllegalArgumentException(from + ", " + count + ": no whole blocks of " + tensor);
    }
    for (int i = 0; i < count; i += elements) {
      block.read(tensor.data(), type, (from + i) / elements);
      block.widen(target, at + i, elements);
    }
  }
}
