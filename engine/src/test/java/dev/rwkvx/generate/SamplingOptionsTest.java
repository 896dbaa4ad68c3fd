package dev.rwkvx.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SamplingOptionsTest {
  private static final SamplingOptions OPTIONS = SamplingOptions.defaults();

  @Test
  void eachOptionChangesItselfOnly() {
    SamplingOptions changed =
        OPTIONS
            .withTemperature(0.5)
            .withTopK(4)
            .withTopP(0.9)
            .withMinP(0.1)
            .withPresencePenalty(0.2)
            .withFrequencyPenalty(0.3)
            .withPenaltyDecay(0.99)
            .withLogitBias(Map.of(1, 2f))
            .withBannedTokens(Set.of(3))
            .withSeed(7);
    assertThat(changed)
        .isEqualTo(
            new SamplingOptions(0.5, 4, 0.9, 0.1, 0.2, 0.3, 0.99, Map.of(1, 2f), Set.of(3), 7));
  }

  static Stream<Arguments> outOfRange() {
    return Stream.of(
        wrong(() -> OPTIONS.withTopP(1.5), "top-p must lie in (0, 1], found 1.5"),
        wrong(() -> OPTIONS.withTopP(0), "top-p must lie in (0, 1], found 0.0"),
        wrong(() -> OPTIONS.withTopP(Double.NaN), "top-p must lie in (0, 1], found NaN"),
        wrong(() -> OPTIONS.withTemperature(-1), "temperature must lie in [0, 100], found -1.0"),
        wrong(
            () -> OPTIONS.withTemperature(Double.NaN),
            "temperature must lie in [0, 100], found NaN"),
        wrong(() -> OPTIONS.withTopK(-1), "top-k must lie at 0 or above, found -1"),
        wrong(() -> OPTIONS.withMinP(1.1), "min-p must lie in [0, 1], found 1.1"),
        wrong(
            () -> OPTIONS.withPresencePenalty(Double.POSITIVE_INFINITY),
            "presence penalty must lie in [-100, 100], found Infinity"),
        wrong(
            () -> OPTIONS.withFrequencyPenalty(-101),
            "frequency penalty must lie in [-100, 100], found -101.0"),
        wrong(() -> OPTIONS.withPenaltyDecay(1.01), "penalty decay must lie in [0, 1], found 1.01"),
        wrong(
            () -> OPTIONS.withLogitBias(Map.of(1, Float.NaN)),
            "logit bias must lie in [-1000, 1000], found NaN"));
  }

  private static Arguments wrong(ThrowingCallable call, String message) {
    return Arguments.of(message, call);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void outOfRange(String message, ThrowingCallable call) {
    assertThatExceptionOfType(InputException.class).isThrownBy(call).withMessage(message);
  }
}
