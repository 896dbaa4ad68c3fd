package dev.rwkvx.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.model.Config;
import dev.rwkvx.training.Parameters.Parameter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Low-rank adapters: what they compute, what is trained, and what merging makes of them. */
class AdaptersTest {
  private static final Config CONFIG = new Config(70, 24, 12, 2, 1, 8, 2);
  private static final TokenBatch BATCH = Models.batch(CONFIG, 2, 37, 7);

  private final TrainingOptions options = TrainingOptions.defaults().withSegmentRows(48);

  @TempDir private Path folder;

  /** Adapters on matrices of all kinds that have moved away from their start. */
  static Parameters adapted(Parameters model, Predicate<String> matrices, long seed) {
    Parameters adapted = Adapters.add(model, 3, 6, matrices, seed);
    SplittableRandom random = new SplittableRandom(seed);
    for (Parameter parameter : adapted.all()) {
      if (parameter.name().endsWith(".lora_B")) {
        for (int i = 0; i < parameter.values().length; i++) {
          parameter.values()[i] = (float) (0.2 * random.nextDouble() - 0.1);
        }
      }
    }
    return adapted;
  }

  private static Parameters adapted(Predicate<String> matrices) {
    return adapted(Models.random(CONFIG, 3), matrices, 4);
  }

  @Test
  void newAdaptersChangeNothing() {
    Parameters model = Models.random(CONFIG, 3);
    Parameters adapted = Adapters.add(model, 4, 8, Adapters::isLargeMatrix, 1);
    // Six matrices in each of three blocks.
    assertThat(adapted.all()).filteredOn(p -> Adapters.isAdapter(p.name())).hasSize(36);
    assertThat(adapted.get("moba.0.ffn.value.weight.lora_A").shape()).containsExactly(4, 96);
    assertThat(adapted.get("moba.0.ffn.value.weight.lora_B").shape()).containsExactly(24, 4);
    try (RwkvXGradients before = new RwkvXGradients(model, options);
        RwkvXGradients after = new RwkvXGradients(adapted, options, Adapters::isAdapter)) {
      assertThat(after.losses(BATCH)).isEqualTo(before.losses(BATCH));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".*",
        "rwkv\\.blocks\\.1\\.att\\.(key\\.weight|w2)",
        "rwkv\\.head\\.weight",
        "rwkv\\.emb\\.weight"
      })
  void onlyAdaptersAreTrained(String pattern) {
    Parameters adapted = adapted(name -> name.matches(pattern));
    Map<String, float[]> before = new HashMap<>();
    adapted.all().forEach(p -> before.put(p.name(), p.values().clone()));
    try (RwkvXGradients model = new RwkvXGradients(adapted, options, Adapters::isAdapter)) {
      double first = model.accumulate(BATCH, TokenWeights.EQUAL).mean();
      new AdamW(model, AdamW.Options.OFFICIAL).step(1e-2);
      // No call between the step and this one: the sums follow by themselves.
      double second = model.accumulate(BATCH, TokenWeights.EQUAL).mean();
      assertThat(second).isLessThan(first);
    }
    for (Parameter parameter : adapted.all()) {
      if (Adapters.isAdapter(parameter.name())) {
        assertThat(parameter.values()).isNotEqualTo(before.get(parameter.name()));
      } else {
        assertThat(parameter.values()).isEqualTo(before.get(parameter.name()));
      }
    }
  }

  /** The gradients of two batches add up although the sums' gradients share memory. */
  @Test
  void gradientsAccumulate() {
    try (RwkvXGradients model =
        new RwkvXGradients(adapted(Adapters::isLargeMatrix), options, Adapters::isAdapter)) {
      model.accumulate(BATCH, TokenWeights.EQUAL);
      Map<String, float[]> once = new HashMap<>();
      model.gradients().names().forEach(n -> once.put(n, model.gradients().get(n).clone()));
      model.accumulate(BATCH, TokenWeights.EQUAL);
      once.forEach((name, gradient) -> {
        float[] twice = gradient.clone();
        for (int i = 0; i < twice.length; i++) {
          twice[i] *= 2;
        }
        assertThat(model.gradients().get(name)).isEqualTo(twice);
      });
    }
  }

  @Test
  void gradientsDoNotDependOnThreads() {
    float[][] one = gradients(options.withThreads(1));
    assertThat(gradients(options.withThreads(3))).isDeepEqualTo(one);
  }

  private static float[][] gradients(TrainingOptions options) {
    try (RwkvXGradients model =
        new RwkvXGradients(adapted(_ -> true), options, Adapters::isAdapter)) {
      model.accumulate(BATCH, TokenWeights.EQUAL);
      return model.gradients().names().stream()
          .map(name -> model.gradients().get(name))
          .toArray(float[][]::new);
    }
  }

  @Test
  void modelsWithAdaptersBesideThemDoNotRun() {
    Checkpoint adapted = adapted(Adapters::isLargeMatrix).checkpoint();
    assertThatThrownBy(() -> ForwardTest.inferenceLosses(adapted, BATCH))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("not merged");
  }

  /** In memory and through files the merged model has the bits that training computed with. */
  @Test
  void mergedModelsComputeWhatTrainingDoes() {
    Parameters adapted = adapted(_ -> true);
    float[] expected;
    try (RwkvXGradients model = new RwkvXGradients(adapted, options, Adapters::isAdapter)) {
      expected = model.losses(BATCH);
    }
    try (Checkpoint merged = Adapters.merge(adapted)) {
      assertThat(merged.names()).noneMatch(Adapters::isAdapter);
      assertThat(merged.metadata()).doesNotContainKey(Adapters.ALPHA_KEY);
      assertThat(ForwardTest.inferenceLosses(merged, BATCH)).isEqualTo(expected);
    }
    Path base = folder.resolve("base.safetensors");
    Path file = folder.resolve("adapters.safetensors");
    Models.random(CONFIG, 3).save(base, DType.F32);
    Adapters.save(adapted, file, DType.F32);
    try (Checkpoint model = Checkpoint.open(base);
        Checkpoint adapters = Checkpoint.open(file)) {
      assertThat(adapters.metadata()).containsOnlyKeys(Adapters.ALPHA_KEY, Adapters.BASE_KEY);
      assertThat(adapters.names()).isNotEmpty().allMatch(Adapters::isAdapter);
      Checkpoint merged = Adapters.merge(model, adapters, Optional.empty());
      assertThat(ForwardTest.inferenceLosses(merged, BATCH)).isEqualTo(expected);
      Checkpoint narrow = Adapters.merge(model, adapters, Optional.of(DType.BF16));
      assertThat(narrow.type("moba.0.att.key.weight")).isEqualTo(DType.BF16);
    }
  }

  @Test
  void foreignFilesAreRefused() {
    Parameters model = Models.random(CONFIG, 3);
    Parameters adapted = adapted(Adapters::isLargeMatrix);
    Path file = folder.resolve("adapters.safetensors");
    Adapters.save(adapted, file, DType.F32);
    Checkpoint base = model.checkpoint();
    try (Checkpoint adapters = Checkpoint.open(file)) {
      assertRefused(Models.random(CONFIG, 9).checkpoint(), adapters, "beside other weights");
      Config other = new Config(70, 36, 12, 2, 1, 8, 2);
      assertRefused(Models.random(other, 3).checkpoint(), adapters, "does not fit", "[36, 36]");
      Config smaller = new Config(70, 24, 12, 1, 1, 8, 2);
      assertRefused(
          Models.random(smaller, 3).checkpoint(), adapters, "no tensor 'rwkv.blocks.1.att");
    }
    assertRefused(base, base, "holds 'rwkv.emb.weight', which is no adapter");
    assertRefused(base, part(adapted, _ -> false, "1"), "holds no adapters");
    assertRefused(base, part(adapted, n -> n.endsWith(".lora_A"), "1"), "lora_B' is missing");
    assertRefused(base, part(adapted, Adapters::isAdapter, "NaN"), "is 'NaN'");
    Checkpoint silent = adapted.checkpoint(Adapters::isAdapter, Map.of());
    assertRefused(base, silent, "alpha", "is missing");
  }

  private static Checkpoint part(Parameters adapted, Predicate<String> names, String alpha) {
    return adapted.checkpoint(names, Map.of(Adapters.ALPHA_KEY, alpha));
  }

  private static void assertRefused(Checkpoint base, Checkpoint adapters, String... reasons) {
    assertThatThrownBy(() -> Adapters.merge(base, adapters, Optional.empty()))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll(reasons);
  }

  @Test
  void impossibleAdaptersAreRefused() {
    Parameters model = Models.random(CONFIG, 3);
    assertNotAdded(model, 0, 1, Adapters::isLargeMatrix, "rank of adapters is 0");
    assertNotAdded(model, 25, 1, Adapters::isLargeMatrix, "expected 1 to 24");
    assertNotAdded(model, 4, 0, Adapters::isLargeMatrix, "alpha of adapters is 0");
    assertNotAdded(model, 4, Double.NaN, Adapters::isLargeMatrix, "alpha of adapters is NaN");
    assertNotAdded(model, 4, 1, _ -> false, "no matrix");
    assertNotAdded(adapted(_ -> true), 4, 1, _ -> true, "has adapters already");
    Parameters adapted = adapted(Adapters::isLargeMatrix);
    assertThatThrownBy(() -> new RwkvXGradients(adapted, options))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("expected it frozen");
  }

  private static void assertNotAdded(
      Parameters model, int rank, double alpha, Predicate<String> matrices, String reason) {
    assertThatThrownBy(() -> Adapters.add(model, rank, alpha, matrices, 1))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void savedTogetherTheyGoOnWithTheSameNumbers() {
    Parameters adapted = adapted(Adapters::isLargeMatrix);
    Path file = folder.resolve("all.safetensors");
    adapted.save(file, DType.F32);
    Parameters again = Parameters.load(file, OptionalInt.empty(), OptionalInt.empty());
    try (RwkvXGradients before = new RwkvXGradients(adapted, options, Adapters::isAdapter);
        RwkvXGradients after = new RwkvXGradients(again, options, Adapters::isAdapter)) {
      assertThat(after.losses(BATCH)).isEqualTo(before.losses(BATCH));
    }
  }
}
