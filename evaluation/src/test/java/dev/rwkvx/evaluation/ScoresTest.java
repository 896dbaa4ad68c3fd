package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScoresTest {
  /** Values of R's prop.test(x, n, correct = FALSE). */
  @ParameterizedTest
  @CsvSource({
    "0, 10, 0, 0.2775",
    "10, 10, 0.7225, 1",
    "25, 25, 0.8668, 1",
    "50, 100, 0.4038, 0.5962",
    "1, 50, 0.0035, 0.1050",
  })
  void intervalsAreWilsons(int right, int trials, double low, double high) {
    Interval interval = Interval.of((double) right / trials, trials);
    assertThat(interval.low()).isCloseTo(low, within(5e-5));
    assertThat(interval.high()).isCloseTo(high, within(5e-5));
  }

  @Test
  void withoutTrialsNothingIsKnown() {
    assertThat(Interval.of(Double.NaN, 0)).isEqualTo(new Interval(0, 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          1234             | ` 1234.`                     | true
          1234             | ` 1234`                      | true
          1234             | `\"1234\"`                   | true
          1234             | ` 12345`                     | false
          1234             | ` 1234-5`                    | false
          1234             | ` 1234 - so it is`           | true
          1234             | ` 99, 1234`                  | false
          1234             | ` the number 1234`           | false
          1234             | ``                           | false
          ab-12            | ` ab-12.`                    | true
          ab-12            | ` AB-12.`                    | false
          11;22;33         | ` 33, 11, and 22.`           | true
          11;22;33         | ` 11 and 22.`                | false
          11;22;33         | ` 11, 44, 22, 33`            | false
          apple;pear       | ` 1. pear 2. apple 3. plum`  | true
          AB;BC            | ` VAR AB, VAR BC`            | true
          """)
  void theFirstAnswerIsWhatComesFirst(String expected, String answer, boolean exact) {
    assertThat(FirstAnswer.isExact(List.of(expected.split(";")), answer)).isEqualTo(exact);
  }

  @Test
  void theEffectiveLengthIsTheLastWith85PercentOfTheScoreAt1024() {
    Scores scores = new Scores("score", List.of());
    int[] right = {100, 80, 68, 67};
    for (int i = 0; i < right.length; i++) {
      scores.add("some", String.valueOf(512 << i), 100, right[i]);
    }
    scores.add("none", "1024", 100, 0);
    scores.add("none", "4096", 100, 2);
    scores.add("short", "2048", 100, 50);
    scores.add("short", "4096", 100, 50);
    assertThat(scores.effectiveLengths()).containsEntry("some", 2048).containsEntry("short", 4096);
    assertThat(scores.effectiveLengths()).doesNotContainKey("none");
    assertThat(scores.withEffectiveLengths(scores.overview("x")).rows().getFirst())
        .startsWith("some", "100 % (96-100)", "80 % (71-87)", "68 % (58-76)")
        .endsWith("2048");
    assertThat(scores.overview("x").rows().get(1))
        .containsExactly("none", "-", "0 % (0-4)", "-", "2 % (1-7)", "1 % (0-4)");
  }
}
