package dev.rwkvx.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever goes wrong in one task, the others do not notice. */
@Timeout(60)
class SchedulerFailuresTest {
  private static final int TOKENS = 20;

  private final RwkvX model =
      RwkvX.open(
          RandomModel.create(new Config(256, 64, 32, 2, 1, 16, 2), WeightType.F32, 7),
          ModelOptions.defaults());
  private final Scheduler scheduler =
      new Scheduler(
          model, new Limits(4, 2, Duration.ofMillis(200), 1 << 20, 4), 100, new Metrics());

  private final AtomicInteger atWork = new AtomicInteger();
  private final AtomicInteger mostAtWork = new AtomicInteger();

  @AfterEach
  void close() {
    scheduler.close();
    model.close();
  }

  private enum Place {
    DRAWING,
    ENDING,
    READING,
    BEGINNING,
    MAKING
  }

  /** Draws the same token again and again, until it fails. */
  private final class TestWriter implements Writer {
    private final CompletableFuture<Integer> result;
    private final Optional<Place> failing;
    private int drawn;

    TestWriter(CompletableFuture<Integer> result, Optional<Place> failing) {
      this.result = result;
      this.failing = failing;
      mostAtWork.accumulateAndGet(atWork.incrementAndGet(), Math::max);
    }

    @Override
    public Optional<End> draw(float[] logits) {
      if (++drawn == TOKENS / 2 && failing.equals(Optional.of(Place.DRAWING))) {
        throw new StackOverflowError();
      }
      return drawn == TOKENS ? Optional.of(End.LENGTH) : Optional.empty();
    }

    @Override
    public int token() {
      return 1;
    }

    @Override
    public void end(End end, Totals totals) {
      if (failing.equals(Optional.of(Place.ENDING))) {
        throw new OutOfMemoryError("a test");
      }
      atWork.decrementAndGet();
      result.complete(drawn);
    }
  }

  private CompletableFuture<Integer> submit(Optional<Place> failing) {
    return submit(failing, 1);
  }

  private CompletableFuture<Integer> submit(Optional<Place> failing, long cacheBytes) {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    Supplier<Error> error = () -> new OutOfMemoryError("a test");
    Start start =
        new Start(
            "",
            () -> {
              if (failing.equals(Optional.of(Place.BEGINNING))) {
                throw error.get();
              }
              return model.newState(CacheOptions.exact());
            },
            () -> {});
    Reading reading =
        failing.equals(Optional.of(Place.READING))
            ? new Reading.Scored((_, _, _) -> {
              throw error.get();
            })
            : new Reading.Plain();
    Task task =
        new Task(
            start,
            new int[] {1, 2, 3},
            new int[0],
            reading,
            new Task.Texts(
                1,
                cacheBytes,
                _ -> {
                  if (failing.equals(Optional.of(Place.MAKING))) {
                    throw error.get();
                  }
                  return new TestWriter(result, failing);
                }),
            result::completeExceptionally,
            Deadline.in(Duration.ofMinutes(1)));
    try (Scheduler.Place place = scheduler.reserve()) {
      place.submit(List.of(task));
    }
    return result;
  }

  @ParameterizedTest
  @EnumSource
  void anErrorEndsItsOwnTextAlone(Place place) {
    CompletableFuture<Integer> before = submit(Optional.empty());
    CompletableFuture<Integer> failing = submit(Optional.of(place));
    CompletableFuture<Integer> after = submit(Optional.empty());
    assertThat(failing)
        .failsWithin(Duration.ofSeconds(50))
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(Error.class);
    assertThat(before).succeedsWithin(Duration.ofSeconds(50)).isEqualTo(TOKENS);
    assertThat(after).succeedsWithin(Duration.ofSeconds(50)).isEqualTo(TOKENS);
  }

  @Test
  void whoWantsMoreMemoryThanIsLeftWaits() {
    CompletableFuture<Integer> first = submit(Optional.empty(), 60);
    CompletableFuture<Integer> second = submit(Optional.empty(), 60);
    CompletableFuture<Integer> tooLarge = submit(Optional.empty(), 1000);
    for (CompletableFuture<Integer> result : List.of(first, second, tooLarge)) {
      assertThat(result).succeedsWithin(Duration.ofSeconds(50)).isEqualTo(TOKENS);
    }
    assertThat(mostAtWork).hasValue(1);
  }

  @Test
  void placesThatAreTakenCountAsWaiting() {
    try (Scheduler.Place one = scheduler.reserve()) {
      for (int i = 0; i < 5; i++) {
        Scheduler.Place unused = scheduler.reserve();
        assertThat(unused).isNotNull();
      }
      assertThatExceptionOfType(BusyException.class).isThrownBy(scheduler::reserve);
      one.close();
      assertThat(scheduler.reserve()).isNotNull();
    }
  }
}
