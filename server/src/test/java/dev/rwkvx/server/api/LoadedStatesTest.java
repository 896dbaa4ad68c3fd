package dev.rwkvx.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.server.schedule.Start;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoadedStatesTest {
  private final RwkvX model =
      RwkvX.open(
          RandomModel.create(new Config(256, 64, 32, 2, 1, 16, 2), WeightType.F32, 7),
          ModelOptions.defaults());
  private final LoadedStates states = new LoadedStates();
  private final AtomicInteger loads = new AtomicInteger();

  @AfterEach
  void close() {
    model.close();
  }

  private State load() {
    loads.incrementAndGet();
    return model.newState(CacheOptions.exact());
  }

  @Test
  void aStateIsThereOnceForAllWhoUseIt() {
    Start first = states.start("a", this::load);
    Start second = states.start("a", this::load);
    Start other = states.start("b", this::load);
    assertThat(loads).hasValue(2);
    first.close();
    first.close();
    try (State fork = second.state().get()) {
      assertThat(fork.position()).isZero();
    }
    second.close();
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(second.state()::get);
    try (Start again = states.start("a", this::load)) {
      assertThat(again.namespace()).isEqualTo("a");
      assertThat(loads).hasValue(3);
    }
    other.close();
  }

  @Test
  void whatCannotBeLoadedIsTriedAgain() {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() ->
            states.start(
                "a",
                () -> {
                  throw new InputException("a test");
                }));
    try (Start start = states.start("a", this::load)) {
      start.state().get().close();
    }
    assertThat(loads).hasValue(1);
  }
}
