package dev.rwkvx.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.InitialStateFile;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.training.Parameters.Parameter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** State tuning: the forward pass is that of inference, and only the states learn. */
class InitialStatesTest {
  private static final Config CONFIG = new Config(70, 24, 12, 2, 1, 8, 2);

  @TempDir private Path folder;

  static Parameters tuned(Parameters model, long seed) {
    Parameters tuned = InitialStates.add(model);
    SplittableRandom random = new SplittableRandom(seed);
    for (Parameter parameter : tuned.all()) {
      if (InitialStates.isState(parameter.name())) {
        for (int i = 0; i < parameter.values().length; i++) {
          parameter.values()[i] = (float) (2 * random.nextDouble() - 1);
        }
      }
    }
    return tuned;
  }

  @Test
  void zerosChangeNothing() {
    Parameters model = Models.random(CONFIG, 3);
    Parameters tuned = InitialStates.add(model);
    assertThat(tuned.get("blocks.1.att.time_state").shape()).containsExactly(2, 12, 12);
    assertThat(InitialStates.add(tuned).all()).hasSameSizeAs(tuned.all());
    TokenBatch batch = Models.batch(CONFIG, 2, 20, 1).withResets(Resets.at(3), Resets.NONE);
    TrainingOptions options = TrainingOptions.defaults();
    try (RwkvXGradients before = new RwkvXGradients(model, options);
        RwkvXGradients after = new RwkvXGradients(tuned, options)) {
      assertThat(after.losses(batch)).isEqualTo(before.losses(batch));
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 2048", "1, 37, 16", "3, 50, 2048"})
  void lossesAreThoseOfInference(int sequences, int length, int segmentRows) {
    Parameters tuned = tuned(Models.random(CONFIG, 3), 4);
    TokenBatch batch = Models.batch(CONFIG, sequences, length, 1);
    Path file = folder.resolve("states.safetensors");
    InitialStates.save(tuned, file);
    float[] expected;
    try (Checkpoint states = Checkpoint.open(file);
        RwkvX model =
            RwkvX.open(
                tuned.checkpoint(name -> !InitialStates.isState(name), tuned.metadata()),
                ModelOptions.defaults())) {
      assertThat(states.names())
          .containsExactly("blocks.0.att.time_state", "blocks.1.att.time_state");
      expected =
          ForwardTest.inferenceLosses(
              model, batch, () -> InitialStateFile.load(file, model, CacheOptions.exact()));
    }
    TrainingOptions options = TrainingOptions.defaults().withSegmentRows(segmentRows);
    try (RwkvXGradients model = new RwkvXGradients(tuned, options)) {
      assertThat(model.losses(batch)).isEqualTo(expected);
      assertThat(model.accumulate(batch, TokenWeights.EQUAL).tokens()).isEqualTo(expected);
    }
  }

  @Test
  void aClearedStateIsThatOfANewSequence() {
    // One block without sparse attention, and token shifts that look at nothing before.
    Config config = new Config(70, 24, 12, 1, 0, 8, 2);
    Parameters tuned = tuned(Models.random(config, 3), 4);
    for (Parameter parameter : tuned.all()) {
      if (parameter.name().matches(".*\\.x_[rwkvag]")) {
        Arrays.fill(parameter.values(), 0f);
      }
    }
    TokenBatch whole = Models.batch(config, 1, 30, 1);
    TokenBatch second =
        new TokenBatch(
            1,
            13,
            Arrays.copyOfRange(whole.inputs(), 17, 30),
            Arrays.copyOfRange(whole.targets(), 17, 30));
    try (RwkvXGradients model = new RwkvXGradients(tuned, TrainingOptions.defaults())) {
      float[] alone = model.losses(second);
      float[] after = model.losses(whole.withResets(Resets.at(17)));
      assertThat(Arrays.copyOfRange(after, 17, 30)).isEqualTo(alone);
    }
  }

  @Test
  void onlyTheStatesAreTrained() {
    Parameters tuned = InitialStates.add(Models.random(CONFIG, 3));
    float[] key = tuned.get("rwkv.blocks.0.att.key.weight").values().clone();
    TokenBatch batch = Models.batch(CONFIG, 2, 20, 1);
    try (RwkvXGradients model =
        new RwkvXGradients(tuned, TrainingOptions.defaults(), InitialStates::isState)) {
      assertThat(model.gradients().names())
          .containsExactly("blocks.0.att.time_state", "blocks.1.att.time_state");
      AdamW optimiser = new AdamW(model, AdamW.Options.OFFICIAL);
      double first = model.accumulate(batch, TokenWeights.EQUAL).mean();
      optimiser.step(0.1);
      assertThat(model.accumulate(batch, TokenWeights.EQUAL).mean()).isLessThan(first);
    }
    assertThat(tuned.get("rwkv.blocks.0.att.key.weight").values()).isEqualTo(key);
    assertThat(tuned.get("blocks.1.att.time_state").values()).isNotEqualTo(new float[288]);
  }
}
