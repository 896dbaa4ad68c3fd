package dev.rwkvx.tokenizer;

import java.util.Arrays;
import java.util.function.IntConsumer;

/** An array of ints that grows. */
final class IntBuilder implements IntConsumer {
  private int[] values = new int[64];
  private int size;

  @Override
  public void accept(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = value;
  }

  int[] toArray() {
    return Arrays.copyOf(values, size);
  }
}
