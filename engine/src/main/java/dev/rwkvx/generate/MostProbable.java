package dev.rwkvx.generate;

/**
 * Finds the most probable candidates without sorting: quickselect by number and by probability mass
 * at once, in linear time on average. Equal probabilities are ordered by id, lower first.
 */
final class MostProbable {
  private final double[] probabilities;
  private final int[] candidates;

  /**
   * @param probabilities by id
   * @param candidates ids; reordered by {@link #select}
   */
  MostProbable(double[] probabilities, int[] candidates) {
    this.probabilities = probabilities;
    this.candidates = candidates;
  }

  /**
   * Moves the most probable of the first {@code count} candidates to the front, in any order: as
   * many as reach {@code mass} together, or {@code most} if that is fewer.
   *
   * @return how many they are
   */
  int select(int count, int most, double mass) {
    int from = 0;
    int to = count;
    double needed = mass;
    // All before from are selected; none from to on.
    while (to - from > 1) {
      int pivot = partition(from, to);
      double before = 0;
      for (int i = from; i < pivot; i++) {
        before += probabilities[candidates[i]];
      }
      double including = before + probabilities[candidates[pivot]];
      if (pivot > from && (pivot >= most || before >= needed)) {
        to = pivot;
      } else if (pivot + 1 >= most || including >= needed) {
        return pivot + 1;
      } else {
        from = pivot + 1;
        needed -= including;
      }
    }
    return to;
  }

  /**
   * Puts some candidate of the range at its place, more probable ones before it; returns the place.
   */
  private int partition(int from, int to) {
    swap(middleOf(from, (from + to) >>> 1, to - 1), to - 1);
    int pivot = candidates[to - 1];
    int place = from;
    for (int i = from; i < to - 1; i++) {
      if (comesBefore(candidates[i], pivot)) {
        swap(i, place++);
      }
    }
    swap(place, to - 1);
    return place;
  }

  private int middleOf(int a, int b, int c) {
    boolean ab = comesBefore(candidates[a], candidates[b]);
    boolean bc = comesBefore(candidates[b], candidates[c]);
    boolean ac = comesBefore(candidates[a], candidates[c]);
    if (ab == bc) {
      return b;
    }
    return ab == ac ? c : a;
  }

  private boolean comesBefore(int a, int b) {
    double difference = probabilities[a] - probabilities[b];
    return difference > 0 || difference == 0 && a < b;
  }

  private void swap(int i, int j) {
    int candidate = candidates[i];
    candidates[i] = candidates[j];
    candidates[j] = candidate;
  }
}
