package dev.rwkvx.training.data;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Which pieces share a sample. The longest come first, each into the sample that it fills best:
 * little room stays empty, and the same lengths give the same samples always.
 *
 * @param starts where the pieces of each sample start, and at last their number
 * @param pieces numbers of pieces, sample by sample
 */
record Packing(int[] starts, int[] pieces) {
  private static final int NONE = -1;

  /**
   * Packs pieces.
   *
   * @param lengths of the pieces, each in 1 … capacity
   */
  static Packing of(int[] lengths, int capacity) {
    int[] sampleOf = new int[lengths.length];
    // Samples with the same room left are a stack: the latest by its room, the one below it by it.
    int[] latest = new int[capacity + 1];
    int[] below = new int[lengths.length];
    Arrays.fill(latest, NONE);
    BitSet rooms = new BitSet(capacity + 1);
    int samples = 0;
    for (int piece : longestFirst(lengths, capacity)) {
      int room = rooms.nextSetBit(lengths[piece]);
      int sample;
      if (room < 0) {
        room = capacity;
        sample = samples++;
      } else {
        sample = latest[room];
        latest[room] = below[sample];
        rooms.set(room, latest[room] != NONE);
      }
      sampleOf[piece] = sample;
      int left = room - lengths[piece];
      below[sample] = latest[left];
      latest[left] = sample;
      rooms.set(left);
    }
    return grouped(sampleOf, samples);
  }

  int samples() {
    return starts.length - 1;
  }

  /**
   * The sample that is read under a number: every epoch goes through all in an order of its own.
   */
  int sample(long number, long seed) {
    long epoch = number / samples();
    return (int) new Permutation(samples(), Permutation.seed(seed, epoch)).at(number % samples());
  }

  private static int[] longestFirst(int[] lengths, int capacity) {
    // Lengths are at least 1, so place 0 is never counted up and stays the start of the longest.
    int[] next = new int[capacity + 1];
    for (int length : lengths) {
      next[capacity - length + 1]++;
    }
    for (int i = 1; i <= capacity; i++) {
      next[i] += next[i - 1];
    }
    int[] order = new int[lengths.length];
    for (int piece = 0; piece < lengths.length; piece++) {
      order[next[capacity - lengths[piece]]++] = piece;
    }
    return order;
  }

  private static Packing grouped(int[] sampleOf, int samples) {
    int[] starts = new int[samples + 1];
    for (int sample : sampleOf) {
      starts[sample + 1]++;
    }
    for (int i = 0; i < samples; i++) {
      starts[i + 1] += starts[i];
    }
    int[] next = starts.clone();
    int[] pieces = new int[sampleOf.length];
    for (int piece = 0; piece < sampleOf.length; piece++) {
      pieces[next[sampleOf[piece]]++] = piece;
    }
    return new Packing(starts, pieces);
  }
}
