package dev.rwkvx.training;

import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.RandomModel;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/** Small models and batches of random numbers. */
final class Models {
  private Models() {}

  /** Every block contributes, every parameter has a gradient. */
  static Parameters random(Config config, long seed) {
    return Parameters.of(
        RandomModel.create(config, WeightType.F32, seed), OptionalInt.empty(), OptionalInt.empty());
  }

  static TokenBatch batch(Config config, int sequences, int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[][] tokens = new int[sequences][length + 1];
    for (int[] sequence : tokens) {
      for (int i = 0; i <= length; i++) {
        sequence[i] = random.nextInt(config.vocabulary());
      }
    }
    return TokenBatch.of(tokens);
  }
}
