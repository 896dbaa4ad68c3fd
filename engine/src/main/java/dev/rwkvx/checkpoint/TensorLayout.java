package dev.rwkvx.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where the elements of a tensor lie: {@code offset} and {@code strides} count elements of {@code
 * storage}, and every index that {@code shape} allows is inside. Readers check that when they build
 * a layout.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never shown outside the package
record TensorLayout(DType type, long[] shape, long[] strides, long offset, MemorySegment storage) {
  // Aligned for every vector width.
  private static final long ALIGNMENT = 64;

  /** The layout of elements that fill {@code data} exactly. */
  static TensorLayout contiguous(DType type, long[] shape, MemorySegment data) {
    return new TensorLayout(type, shape, Shapes.rowMajorStrides(shape), 0, data);
  }

  /** The same elements with the two dimensions of a matrix in the other order. */
  TensorLayout transposed() {
    return new TensorLayout(
        type,
        new long[] {shape[1], shape[0]},
        new long[] {strides[1], strides[0]},
        offset,
        storage);
  }

  boolean isContiguous() {
    return Shapes.isContiguous(shape, strides) || byteSize() == 0;
  }

  /** Size of the elements in row-major order, in bytes. */
  long byteSize() {
    return Shapes.elements(shape) * type.bytes();
  }

  /** The elements in row-major order: a view of the storage if contiguous, else a copy. */
  MemorySegment read() {
    if (byteSize() == 0) {
      return storage.asSlice(0, 0);
    }
    if (isContiguous()) {
      return storage.asSlice(offset * type.bytes(), byteSize());
    }
    MemorySegment copy = Arena.ofAuto().allocate(byteSize(), ALIGNMENT);
    gather(copy);
    return copy;
  }

  private void gather(MemorySegment target) {
    int last = shape.length - 1;
    long rowBytes = shape[last] * type.bytes();
    long[] index = new long[last];
    long source = offset;
    for (long at = 0; at < target.byteSize(); at += rowBytes) {
      copyRow(source, shape[last], strides[last], target, at);
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

  private void copyRow(long from, long count, long stride, MemorySegment target, long at) {
    int bytes = type.bytes();
    if (stride == 1) {
      MemorySegment.copy(storage, from * bytes, target, at, count * bytes);
      return;
    }
    for (long i = 0; i < count; i++) {
      long read = (from + i * stride) * bytes;
      long write = at + i * bytes;
      switch (bytes) {
        case 1 ->
            target.set(ValueLayout.JAVA_BYTE, write, storage.get(ValueLayout.JAVA_BYTE, read));
        case 2 -> target.set(FloatTypes.SHORT, write, storage.get(FloatTypes.SHORT, read));
        case 4 ->
            target.set(
                ValueLayout.JAVA_INT_UNALIGNED,
                write,
                storage.get(ValueLayout.JAVA_INT_UNALIGNED, read));
        default ->
            target.set(
                ValueLayout.JAVA_LONG_UNALIGNED,
                write,
                storage.get(ValueLayout.JAVA_LONG_UNALIGNED, read));
      }
    }
  }
}
