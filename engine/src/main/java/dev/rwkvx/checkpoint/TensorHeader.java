package dev.rwkvx.checkpoint;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a file declares about one tensor.
 *
 * @param name the name, any text but the empty one
 * @param type the element type
 * @param shape the dimensions, outermost first; empty for a scalar
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, see below
public record TensorHeader(String name, DType type, long[] shape) {
  /** Checks the name and the dimensions, which are copied. */
  public TensorHeader {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a tensor needs a name");
    }
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException(name + " has a negative dimension: " + dimension);
      }
    }
    shape = shape.clone();
  }

  /** {@return a copy of the dimensions} */
  @Override
  public long[] shape() {
    return shape.clone();
  }

  /**
   * {@return size of the elements in bytes}
   *
   * @throws ArithmeticException when it exceeds 2^63 − 1
   */
  public long byteSize() {
    return type.byteSize(Shapes.elements(shape));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TensorHeader that
        && name.equals(that.name)
        && type == that.type
        && Arrays.equals(shape, that.shape);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * name.hashCode() + type.hashCode()) + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return name + " " + type + Arrays.toString(shape);
  }
}
