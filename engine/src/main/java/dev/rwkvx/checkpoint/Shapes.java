package dev.rwkvx.checkpoint;

/** Arithmetic on shapes: outermost dimension first, every product checked for overflow. */
final class Shapes {
  /** More dimensions than any tensor library supports. */
  static final int MAX_RANK = 64;

  private Shapes() {}

  /**
   * Number of elements: 1 for a scalar, 0 as soon as one dimension is 0.
   *
   * @throws ArithmeticException when the product exceeds 2^63 − 1
   */
  static long elements(long[] shape) {
    long product = 1;
    boolean empty = false;
    for (long dimension : shape) {
      empty |= dimension == 0;
    }
    for (long dimension : shape) {
      product = empty ? 0 : Math.multiplyExact(product, dimension);
    }
    return product;
  }

  /** Whether elements at these strides lie one after the other in row-major order. */
  static boolean isContiguous(long[] shape, long[] strides) {
    long expected = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] > 1) {
        if (strides[i] != expected) {
          return false;
        }
        expected *= shape[i];
      }
    }
    return true;
  }

  /** Strides, in elements, of a contiguous tensor. */
  static long[] rowMajorStrides(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= Math.max(1, shape[i]);
    }
    return strides;
  }
}
