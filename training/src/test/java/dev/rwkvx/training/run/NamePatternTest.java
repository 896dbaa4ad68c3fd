package dev.rwkvx.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
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
    "*, anything, true",
    "a*b*c, aXbYbZc, true",
    "a*b*c, aXbYbZ, false",
    "?*, '', false",
    "**, '', true"
  })
  void aPatternFitsAWholeName(String pattern, String name, boolean fits) {
    assertThat(NamePattern.any(List.of(pattern)).test(name)).isEqualTo(fits);
  }

  /** With expressions that go back on each star this takes longer than anybody waits. */
  @Test
  void starsDoNotMultiply() {
    String name = "rwkv.blocks.0.att.receptance.weight".repeat(30);
    assertThat(NamePattern.any(List.of("*?".repeat(400) + "z")).test(name)).isFalse();
    assertThatThrownBy(() -> NamePattern.any(List.of("*".repeat(1001))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("has 1001 characters; expected at most 1000");
  }

  @Test
  void oneOfSeveralIsEnoughAndNoneFitsNothing() {
    assertThat(NamePattern.any(List.of("a", "b*")).test("bc")).isTrue();
    assertThat(NamePattern.any(List.of("a", "b*")).test("ab")).isFalse();
    assertThat(NamePattern.any(List.of()).test("a")).isFalse();
  }
}
