package dev.rwkvx.training;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Where the WKV states of a sequence are replaced, while its token shift goes on: what was read
 * before can be found by the sparse blocks only.
 *
 * @param positions the tokens before which that happens, ascending
 * @param states for each position what stands there instead: 0 is the state of a new sequence, k
 *     the k-th of the {@link OldStates}
 */
public record Resets(int[] positions, int[] states) {
  /** No reset. */
  public static final Resets NONE = at();

  /** Checks that lengths agree and positions ascend. */
  public Resets {
    if (positions.length != states.length) {
      throw new IllegalArgumentException(
          positions.length + " positions for " + states.length + " states");
    }
    for (int i = 0; i < positions.length; i++) {
      if (positions[i] < (i == 0 ? 0 : positions[i - 1] + 1)) {
        throw new IllegalArgumentException(
            "positions of resets must ascend: " + Arrays.toString(positions));
      }
    }
  }

  /**
   * {@return resets to the state of a new sequence}
   *
   * @param positions ascending
   */
  public static Resets at(int... positions) {
    return new Resets(positions, new int[positions.length]);
  }

  /** What a state becomes before a token: 0 or k as above, or −1 if it stays. */
  int state(int position) {
    int found = Arrays.binarySearch(positions, position);
    return found < 0 ? -1 : states[found];
  }

  /** Those in a window, counted from its beginning. */
  Resets within(int from, int to) {
    int[] kept =
        IntStream.range(0, positions.length)
            .filter(i -> positions[i] >= from && positions[i] < to)
            .toArray();
    return new Resets(
        Arrays.stream(kept).map(i -> positions[i] - from).toArray(),
        Arrays.stream(kept).map(i -> states[i]).toArray());
  }

  int last() {
    return positions.length == 0 ? -1 : positions[positions.length - 1];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Resets resets
        && Arrays.equals(positions, resets.positions)
        && Arrays.equals(states, resets.states);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(positions) + Arrays.hashCode(states);
  }

  @Override
  public String toString() {
    return Arrays.toString(positions) + " to " + Arrays.toString(states);
  }
}
