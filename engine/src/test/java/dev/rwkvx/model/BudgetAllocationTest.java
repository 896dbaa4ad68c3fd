package dev.rwkvx.model;

import dev.rwkvx.Allocation;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions.Bounded;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decoding with a bounded cache allocates nothing once the cache has been full, cuts included. */
class BudgetAllocationTest {
  private static final int TOKENS = 200;

  @ParameterizedTest
  @CsvSource({"F32, 1", "BF16, 2", "Q8, 1"})
  void oneToken(WeightType type, int threads) throws IOException, InterruptedException {
    Allocation.assertVanishes(BudgetAllocationTest.class, type, threads);
  }

  public static void main(String[] arguments) {
    WeightType type = WeightType.valueOf(arguments[0]);
    int threads = Integer.parseInt(arguments[1]);
    Config config = new Config(200, 64, 32, 2, 1, 8, 3);
    ModelOptions options = ModelOptions.defaults().withThreads(threads);
    // A cut every 24 tokens, which takes 6: the code of cuts has to become warm, too.
    CacheOptions cache = new CacheOptions(new Bounded(64, 40, 8, 8), type);
    try (RwkvX model = RwkvX.open(RandomModel.create(config, WeightType.BF16, 1), options)) {
      State state = model.newState(cache);
      int[] tokens = {7};
      float[] logits = new float[config.vocabulary()];
      for (int i = 0; i < 400; i++) {
        model.forward(tokens, 0, 1, state, logits);
      }
      long[] working = Allocation.workingThreads();
      Allocation.report(() -> {
        // Pages are used again.
        long before = Allocation.bytes(working);
        for (int i = 0; i < TOKENS; i++) {
          model.forward(tokens, 0, 1, state, logits);
        }
        return Allocation.bytes(working) - before;
      });
    }
  }
}
