package dev.rwkvx.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.server.http.ApiException;
import org.junit.jupiter.api.Test;

class AllowanceTest {
  private final Allowance memory = new Allowance(100 << 20);

  private static void refuses(int status, Runnable taking) {
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(taking::run)
        .matches(problem -> problem.status() == status);
  }

  @Test
  void whatIsTooLargeForAllIsRefusedForGood() {
    refuses(413, () -> memory.take(101 << 20));
    try (Allowance.Lease lease = memory.take(60 << 20)) {
      refuses(413, () -> lease.grow(50 << 20));
    }
    assertThat(memory.taken()).isZero();
  }

  @Test
  void whatOthersHaveIsThereLater() {
    Allowance.Lease first = memory.take(60 << 20);
    refuses(429, () -> memory.take(60 << 20));
    assertThat(memory.taken()).isEqualTo(60 << 20);
    first.close();
    first.close();
    try (Allowance.Lease second = memory.take(60 << 20)) {
      assertThat(second).isNotNull();
      assertThat(memory.taken()).isEqualTo(60 << 20);
    }
  }

  @Test
  void treesAreEstimatedByWhatMakesThemLarge() {
    long numbers = Estimates.tree("1,".repeat(1000).getBytes());
    long objects = Estimates.tree("{},".repeat(1000).getBytes());
    assertThat(numbers).isBetween(40_000L, 60_000L);
    assertThat(objects).isGreaterThan(150_000);
  }
}
