package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryNeedTest {
  private static final Config CONFIG = new Config(100, 64, 32, 4, 2, 128, 2);

  /** What is told from the shapes is what the loaded model has. */
  @ParameterizedTest
  @EnumSource(WeightType.class)
  void agreesWithTheLoadedModel(WeightType type) {
    Checkpoint checkpoint = RandomModel.create(CONFIG, type, 3);
    MemoryNeed need = MemoryNeed.of(checkpoint, CONFIG);
    try (RwkvX model = RwkvX.open(checkpoint, ModelOptions.defaults().withThreads(1))) {
      assertThat(need.matrixBytes()).isEqualTo(model.cost().weightBytes());
      assertThat(need.matrices()).containsKey(type);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightType.class,
      names = {"F32", "BF16", "Q8"})
  void agreesWithTheState(WeightType type) {
    Checkpoint checkpoint = RandomModel.create(CONFIG, WeightType.F32, 3);
    MemoryNeed need = MemoryNeed.of(checkpoint, CONFIG);
    int context = 4096;
    int[] tokens = new int[context];
    try (RwkvX model = RwkvX.open(checkpoint, ModelOptions.defaults())) {
      CacheOptions exact = CacheOptions.exact().with(type);
      for (CacheOptions options : List.of(exact, exact.with(new Bounded(2000, 1000, 100, 8)))) {
        try (State state = model.newState(options)) {
          assertThat(need.recurrentState()).isEqualTo(state.recurrentBytes());
          model.forward(tokens, 0, context, state, new float[CONFIG.vocabulary()]);
          // The rest is whole pages and mean keys, and the votes of a bounded cache.
          double most = options == exact ? 10 : 50;
          assertThat(state.cacheBytes())
              .isCloseTo(need.cache(context, options), withinPercentage(most));
        }
      }
    }
  }
}
