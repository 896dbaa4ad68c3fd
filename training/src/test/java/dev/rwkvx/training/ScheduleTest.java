package dev.rwkvx.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.training.Schedule.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {
  @ParameterizedTest
  @CsvSource({
    // Warm-up, from 1 % to all.
    "CONSTANT, 0, 1e-5",
    "CONSTANT, 50, 5.05e-4",
    "CONSTANT, 100, 1e-3",
    "CONSTANT, 1100, 1e-3",
    "CONSTANT, 99999, 1e-3",
    "LINEAR, 100, 1e-3",
    "LINEAR, 600, 5.5e-4",
    "LINEAR, 1100, 1e-4",
    "LINEAR, 5000, 1e-4",
    "COSINE, 50, 5.05e-4",
    "COSINE, 100, 1e-3",
    "COSINE, 350, 8.68198e-4",
    "COSINE, 600, 5.5e-4",
    "COSINE, 1100, 1e-4"
  })
  void rates(Shape shape, long tokens, double expected) {
    Schedule schedule = new Schedule(shape, 1e-3, 1e-4, 100, 1100);
    assertThat(schedule.at(tokens)).isCloseTo(expected, within(1e-9));
  }

  @ParameterizedTest
  @CsvSource({"LINEAR", "COSINE"})
  void withoutWarmUp(Shape shape) {
    Schedule schedule = new Schedule(shape, 1e-3, 0, 0, 10);
    assertThat(schedule.at(0)).isEqualTo(1e-3);
    assertThat(schedule.at(10)).isCloseTo(0, within(1e-18));
  }
}
