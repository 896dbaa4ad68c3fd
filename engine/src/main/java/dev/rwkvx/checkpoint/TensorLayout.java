package dev.rwkvx.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where the elements of a tensor lie: {@code offset} and {@code strides} count elements of {@code
 * storage}, and every index that {@code shape} allows is inside. Readers check that when they build
 * a layout.
 *
 * @param type of the elements
 * @param stored as what they are stored: {@code type}, or a quantised type, whose values are then
 *     computed as F32 when the elements are read
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never shown outside the package
record TensorLayout(
    DType type, long[] shape, long[] strides, long offset, DType stored, MemorySegment storage) {
  // Aligned for every vector width.
  private static final long ALIGNMENT = 64;

  TensorLayout(DType type, long[] shape, long[] strides, long offset, MemorySegment storage) {
    this(type, shape, strides, offset, type, storage);
  }

  /** The layout of elements that fill {@code data} exactly. */
  static TensorLayout contiguous(DType type, long[] shape, MemorySegment data) {
    return new TensorLayout(type, shape, Shapes.rowMajorStrides(shape), 0, data);
  }

  /**
   * The same elements with the two dimensions of a matrix in the other order; of a quantised type,
   * whose blocks lie along rows, the values.
   */
  TensorLayout transposed() {
    return new TensorLayout(
        type.isQuantized() ? DType.F32 : type,
        new long[] {shape[1], shape[0]},
        new long[] {strides[1], strides[0]},
        offset,
        stored,
        storage);
  }

  boolean isContiguous() {
    return Shapes.isContiguous(shape, strides) || byteSize() == 0;
  }

  /** Size of the elements in row-major order, in bytes. */
  long byteSize() {
    return type.byteSize(Shapes.elements(shape));
  }

  /** The elements in row-major order: a view of the storage if contiguous, else a copy. */
  MemorySegment read() {
    if (byteSize() == 0) {
      return storage.asSlice(0, 0);
    }
    if (isContiguous() && stored == type) {
      return storage.asSlice(offset * type.bytes(), byteSize());
    }
    MemorySegment copy = Arena.ofAuto().allocate(byteSize(), ALIGNMENT);
    gather(stored == type ? storage : values(), copy);
    return copy;
  }

  /** All that is stored, as F32. */
  private MemorySegment values() {
    long elements = Shapes.elements(shape);
    MemorySegment values = Arena.ofAuto().allocate(elements * Float.BYTES, ALIGNMENT);
    BlockCodes block = new BlockCodes();
    float[] weights = new float[stored.blockElements()];
    for (long i = 0; i < elements; i += weights.length) {
      block.read(storage, stored, i / weights.length);
      block.widen(weights, 0, weights.length);
      MemorySegment.copy(weights, 0, values, FloatTypes.FLOAT, i * Float.BYTES, weights.length);
    }
    return values;
  }

  private void gather(MemorySegment elements, MemorySegment target) {
    int last = shape.length - 1;
    long rowBytes = shape[last] * type.bytes();
    long[] index = new long[last];
    long source = offset;
    for (long at = 0; at < target.byteSize(); at += rowBytes) {
      copyRow(elements, source, target, at);
      // Counts the outer index up like an odometer and moves the source along.
      for (int i = last - 1; i >= 0; i--) {
        source += strides[i];
        if (++index[i] < shape[i]) {
          break;
        }
        source -= strides[i] * shape[i];
        index[i] = 0;
      }
    }
  }

  private void copyRow(MemorySegment elements, long from, MemorySegment target, long at) {
    int bytes = type.bytes();
    long count = shape[shape.length - 1];
    long stride = strides[shape.length - 1];
    if (stride == 1) {
      MemorySegment.copy(elements, from * bytes, target, at, count * bytes);
      return;
    }
    for (long i = 0; i < count; i++) {
      long read = (from + i * stride) * bytes;
      long write = at + i * bytes;
      switch (bytes) {
        case 1 ->
            target.set(ValueLayout.JAVA_BYTE, write, elements.get(ValueLayout.JAVA_BYTE, read));
        case 2 -> target.set(FloatTypes.SHORT, write, elements.get(FloatTypes.SHORT, read));
        case 4 ->
            target.set(
                ValueLayout.JAVA_INT_UNALIGNED,
                write,
                elements.get(ValueLayout.JAVA_INT_UNALIGNED, read));
        default ->
            target.set(
                ValueLayout.JAVA_LONG_UNALIGNED,
                write,
                elements.get(ValueLayout.JAVA_LONG_UNALIGNED, read));
      }
    }
  }
}
