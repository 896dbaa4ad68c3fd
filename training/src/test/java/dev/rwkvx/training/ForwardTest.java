package dev.rwkvx.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.math.KernelProvider;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training and inference are the same function: the losses have the same bits. */
class ForwardTest {
  @ParameterizedTest
  @CsvSource({
    "64, 32, 2, 0, 16, 3, 1, 1, 2048",
    "64, 32, 2, 1, 16, 3, 2, 100, 2048",
    "64, 32, 2, 1, 16, 3, 2, 100, 64",
    "60, 20, 2, 2, 7, 2, 3, 50, 32",
    "64, 64, 1, 1, 600, 2, 1, 1300, 512",
    "16, 16, 1, 1, 2100, 2, 2, 4300, 512"
  })
  void lossesAreThoseOfInference(
      int c,
      int head,
      int rwkv,
      int sparse,
      int chunk,
      int topK,
      int sequences,
      int length,
      int segmentRows) {
    Config config = new Config(90, c, head, rwkv, sparse, chunk, topK);
    check(config, Models.batch(config, sequences, length, 6), segmentRows);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 40, 2048", "3, 3, 100, 64", "4, 2, 1100, 512"})
  void soAreThoseOfModelsWithAKeyConvolution(
      int width, int sequences, int length, int segmentRows) {
    Config config = new Config(90, 60, 20, 2, 2, 7, 2).withKeyWidth(width);
    check(config, Models.batch(config, sequences, length, 6), segmentRows);
  }

  private static void check(Config config, TokenBatch batch, int segmentRows) {
    Checkpoint checkpoint = RandomModel.create(config, WeightType.F32, 5);
    Parameters parameters = Parameters.of(checkpoint, OptionalInt.empty(), OptionalInt.empty());
    TrainingOptions options = TrainingOptions.defaults().withSegmentRows(segmentRows);
    float[] expected = inferenceLosses(checkpoint, batch);
    try (RwkvXGradients model = new RwkvXGradients(parameters, options)) {
      assertThat(model.losses(batch)).isEqualTo(expected);
      assertThat(model.accumulate(batch, TokenWeights.EQUAL).tokens()).isEqualTo(expected);
    }
  }

  static float[] inferenceLosses(Checkpoint checkpoint, TokenBatch batch) {
    try (RwkvX model = RwkvX.open(checkpoint, ModelOptions.defaults())) {
      return inferenceLosses(model, batch, model::newState);
    }
  }

  static float[] inferenceLosses(RwkvX model, TokenBatch batch, Supplier<State> newState) {
    Kernels kernels = KernelProvider.best();
    float[] losses = new float[batch.tokens()];
    int v = model.config().vocabulary();
    for (int sequence = 0; sequence < batch.sequences(); sequence++) {
      int from = sequence * batch.length();
      int[] tokens = Arrays.copyOfRange(batch.inputs(), from, from + batch.length());
      model.forwardAll(
          tokens,
          0,
          tokens.length,
          newState.get(),
          (first, count, logits) -> {
            for (int i = 0; i < count; i++) {
              int at = from + first + i;
              float target = logits[i * v + batch.targets()[at]];
              float max = kernels.max(logits, i * v, v);
              float sum = kernels.expSum(logits, i * v, v, max, 1f);
              losses[at] = (float) (Math.log(sum) + max - target);
            }
          });
    }
    return losses;
  }
}
