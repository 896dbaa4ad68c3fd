package dev.rwkvx.training.data;

import java.util.Arrays;

/**
 * How often byte strings occur: an open hash table over copies of them, entries in the order in
 * which they came.
 */
final class ByteStringCounts {
  private byte[] bytes = new byte[1 << 16];
  private int[] starts = new int[1 << 12];
  private long[] counts = new long[1 << 12];

  /** Entry + 1 in every slot, 0 where it is free. */
  private int[] slots = new int[1 << 13];

  private int size;

  /** Counts {@code source[from … to − 1]} {@code weight} times. */
  void add(byte[] source, int from, int to, long weight) {
    int mask = slots.length - 1;
    int slot = hash(source, from, to) & mask;
    while (slots[slot] != 0) {
      int entry = slots[slot] - 1;
      if (Arrays.equals(bytes, starts[entry], starts[entry + 1], source, from, to)) {
        counts[entry] += weight;
        return;
      }
      slot = slot + 1 & mask;
    }
    slots[slot] = size + 1;
    append(source, from, to, weight);
    if (2 * size > slots.length) {
      rehash(2 * slots.length);
    }
  }

  /** The number of different strings. */
  int size() {
    return size;
  }

  long count(int entry) {
    return counts[entry];
  }

  int start(int entry) {
    return starts[entry];
  }

  int end(int entry) {
    return starts[entry + 1];
  }

  /** What {@link #start} and {@link #end} point into. */
  byte[] bytes() {
    return bytes;
  }

  byte[] string(int entry) {
    return Arrays.copyOfRange(bytes, starts[entry], starts[entry + 1]);
  }

  /** Forgets the strings that occur at most this often. */
  void dropUpTo(long count) {
    int kept = 0;
    int at = 0;
    for (int entry = 0; entry < size; entry++) {
      int start = starts[entry];
      int length = starts[entry + 1] - start;
      if (counts[entry] > count) {
        System.arraycopy(bytes, start, bytes, at, length);
        counts[kept] = counts[entry];
        // Not beyond the entry itself, whose end is still needed by the next.
        starts[kept++] = at;
        at += length;
      }
    }
    size = kept;
    starts[size] = at;
    rehash(slots.length);
  }

  private void append(byte[] source, int from, int to, long weight) {
    if (size + 2 > starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
      counts = Arrays.copyOf(counts, 2 * counts.length);
    }
    int at = starts[size];
    int length = to - from;
    if (at + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(at + length, Math.toIntExact(2L * bytes.length)));
    }
    System.arraycopy(source, from, bytes, at, length);
    counts[size++] = weight;
    starts[size] = at + length;
  }

  private void rehash(int capacity) {
    slots = new int[capacity];
    for (int entry = 0; entry < size; entry++) {
      int slot = hash(bytes, starts[entry], starts[entry + 1]) & capacity - 1;
      while (slots[slot] != 0) {
        slot = slot + 1 & capacity - 1;
      }
      slots[slot] = entry + 1;
    }
  }

  private static int hash(byte[] source, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = (hash ^ source[i]) * 0x01000193 ^ hash >>> 15;
    }
    return hash ^ hash >>> 16;
  }
}
