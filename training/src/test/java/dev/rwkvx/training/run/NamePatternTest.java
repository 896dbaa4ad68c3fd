package dev.rwkvx.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternTest {
  @ParameterizedTest
  @CsvSource({
    "moba.*, moba.0.att.key.weight, true",
    "moba.*, rwkv.moba.0, false",
    "*.att.*, blocks.0.att.w0, true",
    "*.att.*, blocks.0.ffn.x_k, false",
    "blocks.?.ln1.*, blocks.3.ln1.bias, true",
    "blocks.?.ln1.*, blocks.13.ln1.bias, false",
    "head.weight, headXweight, false",
    "a[b](c)\\E+, a[b](c)\\E+, true",
    "*, anything, true"
  })
  void aPatternFitsAWholeName(String pattern, String name, boolean fits) {
    assertThat(NamePattern.any(List.of(pattern)).test(name)).isEqualTo(fits);
  }

  @Test
  void oneOfSeveralIsEnoughAndNoneFitsNothing() {
    assertThat(NamePattern.any(List.of("a", "b*")).test("bc")).isTrue();
    assertThat(NamePattern.any(List.of("a", "b*")).test("ab")).isFalse();
    assertThat(NamePattern.any(List.of()).test("a")).isFalse();
  }
}
