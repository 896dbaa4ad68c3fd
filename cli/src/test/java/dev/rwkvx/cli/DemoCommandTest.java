package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DemoCommandTest {
  @Test
  void showsEqualLogitsAndConstantState() {
    Rwkvx run = Rwkvx.run("demo");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).containsPattern("one by one +\\d+   equal").doesNotContain("DIFFERENT");
    String[] rows = run.out().substring(run.out().indexOf("context   recurrent")).split("\n");
    String size = rows[1].substring(7, 25);
    assertThat(rows).hasSize(4);
    assertThat(rows[3].substring(7, 25)).isEqualTo(size);
  }
}
