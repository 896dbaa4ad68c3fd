package dev.rwkvx.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.model.Config;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps of the optimiser: what they change, and what they leave alone. */
class AdamWTest {
  private static final Config CONFIG = new Config(30, 24, 12, 2, 1, 8, 2);

  private final TrainingOptions options = TrainingOptions.defaults();
  private final TokenBatch batch = Models.batch(CONFIG, 2, 20, 1);

  /** The sparse blocks alone, one vector, the head, or the embedding alone. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "moba\\..*",
        "rwkv\\.blocks\\.1\\.att\\.w0",
        "rwkv\\.head\\.weight",
        "rwkv\\.emb\\.weight"
      })
  void frozenTensorsKeepTheirBits(String pattern) {
    Predicate<String> trained = name -> name.matches(pattern);
    Parameters parameters = Models.random(CONFIG, 1);
    Map<String, float[]> before = copy(parameters);
    try (RwkvXGradients all = new RwkvXGradients(Models.random(CONFIG, 1), options);
        RwkvXGradients model = new RwkvXGradients(parameters, options, trained)) {
      all.accumulate(batch, TokenWeights.EQUAL);
      model.accumulate(batch, TokenWeights.EQUAL);
      assertThat(model.gradients().names()).isNotEmpty().allMatch(trained);
      for (String name : model.gradients().names()) {
        assertThat(model.gradients().of(name)).as(name).isEqualTo(all.gradients().of(name));
      }
      new AdamW(model, AdamW.Options.OFFICIAL).step(1e-3);
    }
    before.forEach((name, values) -> {
      if (trained.test(name)) {
        assertThat(parameters.get(name).values()).as(name).isNotEqualTo(values);
      } else {
        assertThat(parameters.get(name).values()).as(name).isEqualTo(values);
      }
    });
  }

  @Test
  void trainingNothingIsAnError() {
    Parameters parameters = Models.random(CONFIG, 1);
    assertThatThrownBy(() -> new RwkvXGradients(parameters, options, _ -> false))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no tensor is left to train");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void gradientsThatAreNotFiniteAreSkipped(float bad) {
    Parameters parameters = Models.random(CONFIG, 1);
    Map<String, float[]> before = copy(parameters);
    try (RwkvXGradients model = new RwkvXGradients(parameters, options)) {
      model.accumulate(batch, TokenWeights.EQUAL);
      model.gradients().get("rwkv.blocks.1.att.w0")[5] = bad;
      AdamW optimiser = new AdamW(model, AdamW.Options.OFFICIAL);
      AdamW.Step step = optimiser.step(1e-3);
      assertThat(step.skipped()).isTrue();
      assertThat(step.gradientNorm()).isNotFinite();
      assertThat(optimiser.steps()).isZero();
    }
    before.forEach(
        (name, values) -> assertThat(parameters.get(name).values()).as(name).isEqualTo(values));
  }

  @Test
  void accumulatedBatchesAddUp() {
    try (RwkvXGradients model = new RwkvXGradients(Models.random(CONFIG, 1), options)) {
      model.accumulate(batch, TokenWeights.EQUAL);
      Map<String, float[]> whole = new LinkedHashMap<>();
      for (String name : model.gradients().names()) {
        whole.put(name, model.gradients().get(name).clone());
      }
      model.gradients().clear();
      for (int sequence = 0; sequence < 2; sequence++) {
        int[] inputs = half(batch.inputs(), sequence);
        int[] targets = half(batch.targets(), sequence);
        model.accumulate(new TokenBatch(1, 20, inputs, targets), TokenWeights.EQUAL, 0.5, _ -> {});
      }
      whole.forEach((name, expected) -> {
        float[] actual = model.gradients().get(name);
        for (int i = 0; i < expected.length; i++) {
          assertThat(actual[i]).as(name).isCloseTo(expected[i], within(1e-6f));
        }
      });
    }
  }

  private static int[] half(int[] ids, int index) {
    return Arrays.copyOfRange(ids, index * 20, (index + 1) * 20);
  }

  @Test
  void goesOnFromSavedMomentsWithTheSameNumbers(@TempDir Path folder) {
    Path file = folder.resolve("model.safetensors");
    Parameters parameters = Models.random(CONFIG, 1);
    Map<String, AdamW.Moments> moments = new LinkedHashMap<>();
    try (RwkvXGradients model = new RwkvXGradients(parameters, options)) {
      AdamW optimiser = new AdamW(model, AdamW.Options.OFFICIAL);
      step(model, optimiser);
      parameters.save(file, DType.F32);
      optimiser
          .moments()
          .forEach((name, m) -> moments.put(name, new AdamW.Moments(m.m().clone(), m.v().clone())));
      step(model, optimiser);
    }
    Parameters again = Parameters.load(file, OptionalInt.empty(), OptionalInt.empty());
    assertThat(again.config()).isEqualTo(CONFIG);
    try (RwkvXGradients model = new RwkvXGradients(again, options)) {
      AdamW optimiser = new AdamW(model, AdamW.Options.OFFICIAL);
      optimiser.resume(1);
      optimiser
          .moments()
          .forEach((name, m) -> {
            System.arraycopy(moments.get(name).m(), 0, m.m(), 0, m.m().length);
            System.arraycopy(moments.get(name).v(), 0, m.v(), 0, m.v().length);
          });
      step(model, optimiser);
    }
    for (Parameters.Parameter parameter : parameters.all()) {
      assertThat(again.get(parameter.name()).values())
          .as(parameter.name())
          .isEqualTo(parameter.values());
    }
  }

  private void step(RwkvXGradients model, AdamW optimiser) {
    model.gradients().clear();
    model.accumulate(batch, TokenWeights.EQUAL);
    optimiser.step(1e-3);
  }

  private static Map<String, float[]> copy(Parameters parameters) {
    Map<String, float[]> copy = new LinkedHashMap<>();
    for (Parameters.Parameter parameter : parameters.all()) {
      copy.put(parameter.name(), parameter.values().clone());
    }
    return copy;
  }
}
