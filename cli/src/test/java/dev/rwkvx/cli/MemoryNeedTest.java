package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import java.util.stream.Stream;
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
      State state = model.newState();
      assertThat(need.recurrentState()).isEqualTo(state.recurrentBytes());
      int context = 4096;
      int[] tokens = Stream.generate(() -> 7).limit(context).mapToInt(i -> i).toArray();
      model.forward(tokens, 0, context, state, new float[CONFIG.vocabulary()]);
      assertThat(need.cache(context))
          .isCloseTo(state.cacheBytes(), within(state.cacheBytes() / 50));
    }
  }
}
