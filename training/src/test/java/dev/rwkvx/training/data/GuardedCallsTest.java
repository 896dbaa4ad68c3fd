package dev.rwkvx.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.training.data.GuardedCalls.Failure;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Whatever a library does over a damaged file, its caller gets a sentence. */
class GuardedCallsTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  @Test
  void aCallThatNeverReturnsIsGivenUp() {
    CountDownLatch never = new CountDownLatch(1);
    try (GuardedCalls calls = new GuardedCalls(Duration.ofSeconds(1))) {
      assertThatThrownBy(() ->
              calls.call(() -> {
                never.await();
                return true;
              }))
          .isInstanceOf(Failure.class)
          .hasMessage("nothing came of it in 1 seconds");
    }
  }

  @Test
  void errorsAndExceptionsHaveASentence() throws Failure {
    try (GuardedCalls calls = new GuardedCalls(LONG)) {
      assertFails(calls, () -> nest(0), "it is nested too deeply");
      assertFails(
          calls,
          () -> new long[Integer.MAX_VALUE].length,
          "it asks for too much memory (Requested");
      assertFails(calls, () -> Integer.parseInt("x"), "For input string");
      assertFails(
          calls,
          () -> {
            throw new IllegalStateException();
          },
          "java.lang.IllegalStateException");
      // One that failed does not touch the next.
      assertThat(calls.call(() -> 7)).isEqualTo(7);
    }
  }

  private static int nest(int depth) {
    return depth < 0 ? 0 : nest(depth + 1) + 1;
  }

  private static void assertFails(GuardedCalls calls, Callable<Integer> call, String message) {
    assertThatThrownBy(() -> calls.call(call))
        .isInstanceOf(Failure.class)
        .message()
        .startsWith(message);
  }
}
