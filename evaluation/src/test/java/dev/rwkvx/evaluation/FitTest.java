package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class FitTest {
  @Test
  void findsTheLargestInFewLooks() {
    Fit fit = new Fit();
    int[] looks = {0};
    IntUnaryOperator even = units -> count(looks, 37 + 19 * units);
    for (int limit : new int[] {37, 38, 55, 56, 1000, 65536, 65536, 1 << 20}) {
      looks[0] = 0;
      assertThat(fit.largest(even, limit, limit)).isEqualTo((limit - 37) / 19);
      assertThat(looks[0]).isLessThan(8);
    }
    assertThat(fit.largest(even, 36, 36)).isEqualTo(-1);
    assertThat(fit.largest(even, 65536, 100)).isEqualTo(100);
    // Sentences of all lengths, and words that come in threes.
    IntUnaryOperator uneven = units -> count(looks, units + 50 * (units / 3) + units * units / 500);
    for (int limit = 0; limit < 30_000; limit += 777) {
      looks[0] = 0;
      int found = fit.largest(uneven, limit, limit);
      assertThat(uneven.applyAsInt(found)).isLessThanOrEqualTo(limit);
      assertThat(uneven.applyAsInt(found + 1)).isGreaterThan(limit);
      assertThat(looks[0]).isLessThan(20);
    }
  }

  private static int count(int[] looks, int tokens) {
    looks[0]++;
    return tokens;
  }
}
