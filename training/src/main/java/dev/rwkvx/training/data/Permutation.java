package dev.rwkvx.training.data;

import java.util.Objects;

/**
 * A random order of {@code 0 … size − 1} without a table: a Feistel network over the next even
 * power of two, walked until it lands inside. The same seed gives the same order everywhere.
 */
final class Permutation {
  private static final int ROUNDS = 8;

  private final long size;
  private final int half;
  private final long mask;
  private final long[] keys = new long[ROUNDS];

  /**
   * @param size at most 2^62
   */
  Permutation(long size, long seed) {
    if (size < 0 || size > 1L << 62) {
      throw new IllegalArgumentException("no order of " + size + " things");
    }
    this.size = size;
    int bits = Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, size - 1));
    half = (bits + 1) / 2;
    mask = (1L << half) - 1;
    long key = seed;
    for (int round = 0; round < ROUNDS; round++) {
      key = mix(key + 0x9E3779B97F4A7C15L);
      keys[round] = key;
    }
  }

  /** What stands at a place of the order. */
  long at(long place) {
    Objects.checkIndex(place, size);
    long value = place;
    do {
      value = feistel(value);
    } while (value >= size);
    return value;
  }

  /** A seed of its own for the n-th order that is made from one seed. */
  static long seed(long seed, long n) {
    return mix(seed + mix(n + 0x9E3779B97F4A7C15L));
  }

  private long feistel(long value) {
    long left = value >>> half;
    long right = value & mask;
    for (long key : keys) {
      long next = left ^ mix(right + key) & mask;
      left = right;
      right = next;
    }
    return left << half | right;
  }

  /** The finaliser of SplitMix64. */
  static long mix(long value) {
    long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
