package dev.rwkvx.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIndexOutOfBoundsException;

import java.util.BitSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PermutationTest {
  @Test
  void everyPlaceHasItsOwn() {
    for (int size : new int[] {1, 2, 3, 4, 5, 7, 64, 65, 1000, 4096, 4097, 100_000}) {
      for (long seed : new long[] {0, 1, -5}) {
        Permutation order = new Permutation(size, seed);
        BitSet seen = new BitSet();
        for (int i = 0; i < size; i++) {
          seen.set((int) order.at(i));
        }
        assertThat(seen.cardinality()).isEqualTo(size);
        assertThat(seen.length()).isEqualTo(size);
      }
    }
  }

  @Test
  void hugeOrdersStayInside() {
    long size = (1L << 62) - 57;
    Permutation order = new Permutation(size, 3);
    assertThat(LongStream.range(0, 1000).map(order::at).distinct().filter(v -> v >= 0 && v < size))
        .hasSize(1000);
    assertThatIndexOutOfBoundsException().isThrownBy(() -> order.at(size));
  }

  @Test
  void everyThingComesToEveryPlaceAlike() {
    int size = 7;
    int seeds = 70_000;
    int[][] counts = new int[size][size];
    for (int seed = 0; seed < seeds; seed++) {
      Permutation order = new Permutation(size, seed);
      for (int place = 0; place < size; place++) {
        counts[place][(int) order.at(place)]++;
      }
    }
    // Standard deviation: about 93.
    for (int[] row : counts) {
      for (int count : row) {
        assertThat(count).isBetween(seeds / size - 500, seeds / size + 500);
      }
    }
  }
}
