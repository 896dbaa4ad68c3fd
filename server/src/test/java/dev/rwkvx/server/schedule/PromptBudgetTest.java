package dev.rwkvx.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PromptBudgetTest {
  private final PromptBudget budget = new PromptBudget(1000);

  @Test
  void promptsAloneAreReadInFullPasses() {
    assertThat(budget.tokens(false)).isEqualTo(PromptBudget.MOST);
  }

  @Test
  void asManyAsFitIntoThePause() {
    budget.learn(0, true, 300);
    budget.learn(100, true, 1300);
    assertThat(budget.tokens(true)).isEqualTo(100);
    for (int i = 0; i < 50; i++) {
      budget.learn(100, true, 4300);
    }
    assertThat(budget.tokens(true)).isBetween(24, 26);
  }

  @Test
  void neverTooFewOrTooMany() {
    budget.learn(100, false, 1_000_000);
    assertThat(budget.tokens(true)).isEqualTo(PromptBudget.LEAST);
    for (int i = 0; i < 50; i++) {
      budget.learn(100, false, 1);
    }
    assertThat(budget.tokens(true)).isEqualTo(PromptBudget.MOST);
  }
}
