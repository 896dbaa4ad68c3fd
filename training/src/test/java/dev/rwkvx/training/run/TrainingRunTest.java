package dev.rwkvx.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.math.ScalarKernels;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.training.Adapters;
import dev.rwkvx.training.Parameters;
import dev.rwkvx.training.Parameters.Parameter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingRunTest {
  @TempDir private Path folder;

  @Test
  void aModelLearnsAndTheEngineLoadsIt() throws IOException {
    List<String[]> metrics =
        Runs.train(Runs.config(folder, "budget.steps", 60), folder.resolve("run"));

    assertThat(metrics).hasSize(60);
    assertThat(Runs.loss(metrics, 59)).isLessThan(0.5 * Runs.loss(metrics, 0));
    Path model = folder.resolve("run/model.safetensors");
    try (RwkvX loaded =
        RwkvX.open(
            model,
            new ModelOptions(OptionalInt.empty(), OptionalInt.empty(), 1, new ScalarKernels()))) {
      assertThat(loaded.config().chunkSize()).isEqualTo(8);
    }
  }

  /** Ends a run without saving, as kill −9 does. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static void killAfter(TrainingRun run, long[] seen) {
    try (run) {
      assertThatThrownBy(run::run).isInstanceOf(Killed.class);
    }
    seen[0]++;
  }

  private static RunListener killer(long step) {
    return new RunListener() {
      @Override
      public void step(StepMetrics metrics) {
        if (metrics.step() == step) {
          throw new Killed();
        }
      }
    };
  }

  @Test
  void interruptedRunsEndWithTheBitsOfAnUninterruptedOne() throws IOException {
    RunConfig config =
        Runs.config(
            folder,
            "checkpoints.every_steps",
            3,
            "resets.probability",
            0.5,
            "resets.least",
            2,
            "resets.most",
            9,
            "validation.files",
            List.of(Runs.stream(folder, "held").toString()),
            "validation.every",
            4,
            "validation.sequences",
            3);
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    List<String> expected = Runs.numbers(Runs.train(config, whole));
    long[] kills = new long[1];

    killAfter(TrainingRun.begin(config, parts, killer(2)), kills);
    killAfter(TrainingRun.resume(config, parts, killer(5)), kills);
    killAfter(TrainingRun.resume(config, parts, killer(9)), kills);
    try (TrainingRun run = TrainingRun.resume(config, parts, new RunListener() {})) {
      assertThat(run.run()).isTrue();
    }

    assertThat(kills[0]).isEqualTo(3);
    assertThat(Runs.numbers(Runs.metrics(parts))).isEqualTo(expected);
    assertThat(parts.resolve("model.safetensors"))
        .hasSameBinaryContentAs(whole.resolve("model.safetensors"));
    assertThat(expected.get(3)).doesNotEndWith(",");
    assertThat(expected.get(4)).endsWith(",");
  }

  @Test
  void aRunThatIsAskedToStopSavesAndGoesOn() throws IOException {
    RunConfig config = Runs.config(folder);
    Path whole = folder.resolve("whole");
    List<String> expected = Runs.numbers(Runs.train(config, whole));
    Path out = folder.resolve("run");
    List<TrainingRun> stopped = new ArrayList<>();
    try (TrainingRun run =
        TrainingRun.begin(
            config,
            out,
            new RunListener() {
              @Override
              public void step(StepMetrics metrics) {
                if (metrics.step() == 4) {
                  stopped.getFirst().stop();
                }
              }
            })) {
      stopped.add(run);
      assertThat(run.run()).isFalse();
    }

    assertThat(out.resolve("checkpoints/step-000000004.safetensors")).exists();
    assertThat(out.resolve("model.safetensors")).doesNotExist();
    try (TrainingRun run = TrainingRun.resume(config, out, new RunListener() {})) {
      run.run();
    }
    assertThat(Runs.numbers(Runs.metrics(out))).isEqualTo(expected);
  }

  @Test
  void onlyTheLatestCheckpointsStayAndADamagedOneIsPassedOver() throws IOException {
    RunConfig config = Runs.config(folder, "checkpoints.every_steps", 2);
    Path out = folder.resolve("run");
    List<String> expected = Runs.numbers(Runs.train(config, out));
    Path checkpoints = out.resolve("checkpoints");
    Path last = checkpoints.resolve("step-000000010.safetensors");
    assertThat(checkpoints.toFile().list())
        .containsExactlyInAnyOrder("step-000000008.safetensors", "step-000000010.safetensors");

    Files.write(last, Arrays.copyOf(Files.readAllBytes(last), 5000));
    Files.write(checkpoints.resolve(".step-000000012.safetensors.1-a.partial"), new byte[9]);
    List<String> warnings = new ArrayList<>();
    try (TrainingRun run =
        TrainingRun.resume(
            config,
            out,
            new RunListener() {
              @Override
              public void warning(String sentence) {
                warnings.add(sentence);
              }
            })) {
      assertThat(run.run()).isTrue();
    }

    assertThat(warnings).singleElement().asString().contains("step-000000010.safetensors");
    assertThat(Runs.numbers(Runs.metrics(out))).isEqualTo(expected);
    assertThat(checkpoints.toFile().list())
        .containsExactlyInAnyOrder(
            "step-000000008.safetensors",
            "step-000000010.safetensors",
            "step-000000010.safetensors.damaged");
  }

  @Test
  void theNumberOfThreadsDoesNotMatter() throws IOException {
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    List<String> numbers = Runs.numbers(Runs.train(Runs.config(folder, "threads", 1), one));

    assertThat(Runs.numbers(Runs.train(Runs.config(folder, "threads", 2), two))).isEqualTo(numbers);
    assertThat(two.resolve("model.safetensors"))
        .hasSameBinaryContentAs(one.resolve("model.safetensors"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cubic", "packed"})
  void accumulatedBatchesGiveWhatOneLargeBatchGives(String sampler) throws IOException {
    List<String[]> large =
        Runs.train(
            Runs.config(folder, "data.batch", 4, "data.sampler", sampler), folder.resolve("large"));
    List<String[]> small =
        Runs.train(
            Runs.config(folder, "data.batch", 1, "data.accumulate", 4, "data.sampler", sampler),
            folder.resolve("small"));

    for (int i = 0; i < large.size(); i++) {
      assertThat(Runs.loss(small, i)).isCloseTo(Runs.loss(large, i), within(1e-4));
    }
  }

  @Test
  void alignmentTouchesTheSparseBlocksAlone() throws IOException {
    RunConfig config = Runs.config(Recipe.ALIGN, Runs.options(folder));
    Path out = folder.resolve("run");
    Runs.train(config, out);

    Parameters before = Runs.load(folder.resolve("model.safetensors"));
    Parameters after = Runs.load(out.resolve("model.safetensors"));
    for (Parameter parameter : before.all()) {
      boolean same = Arrays.equals(parameter.values(), after.get(parameter.name()).values());
      assertThat(same).as(parameter.name()).isEqualTo(!parameter.name().startsWith("moba."));
    }
  }

  @Test
  void stepsWithoutFiniteGradientsAreSkipped() throws IOException {
    // Token 10 has an embedding with an infinite sum; a context of 3 leaves it out now and then.
    Runs.model(
        folder,
        Runs.VOCABULARY,
        parameters ->
            Arrays.fill(parameters.get("rwkv.emb.weight").values(), 32 * 10, 32 * 11, 1e38f));
    List<String[]> metrics =
        Runs.train(Runs.config(folder, "data.context", 3, "data.batch", 1), folder.resolve("run"));

    List<String> skipped = metrics.stream().map(fields -> fields[7]).toList();
    assertThat(skipped).contains("0", "1");
    Parameters after = Runs.load(folder.resolve("run/model.safetensors"));
    assertThat(after.get("rwkv.head.weight").values()).doesNotContain(Float.NaN);
  }

  @Test
  void aRunWithoutFiniteGradientsEnds() throws IOException {
    Runs.model(
        folder,
        Runs.VOCABULARY,
        parameters -> Arrays.fill(parameters.get("rwkv.head.weight").values(), 1e38f));
    RunConfig config = Runs.config(folder, "data.context", 3, "data.batch", 1, "budget.steps", 200);

    assertThatThrownBy(() -> Runs.train(config, folder.resolve("run")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("not finite in 100 steps in a row, the last one step 100");
  }

  @Test
  void longContextsAreWeightedByWhatTheyTell() throws IOException {
    Map<String, Object> options =
        Runs.options(folder, "long_ce.trunc", 5, "long_ce.interval", 4, "data.shortest", 12);
    List<String[]> metrics = Runs.train(Runs.config(Recipe.LONG, options), folder.resolve("run"));

    assertThat(metrics).anyMatch(fields -> !fields[2].equals(fields[3]));
    assertThat(metrics).allMatch(fields -> Double.parseDouble(fields[2]) < 100);
  }

  @Test
  void conversationsAreLearnt() throws IOException {
    Path conversations = folder.resolve("talks.jsonl");
    Files.writeString(
        conversations,
        """
        {"conversations": [{"from": "user", "value": "ab"}, {"from": "assistant", "value": "ba"}]}
        {"conversations": [{"from": "user", "value": "xyz"}, {"from": "assistant", "value": "zyx"}]}
        """);
    Map<String, Object> options =
        Runs.options(
            folder,
            "data.files",
            List.of(conversations.toString()),
            "data.vocabulary",
            "byte",
            "data.context",
            64);
    assertThatThrownBy(() -> Runs.train(Runs.config(Recipe.SFT, options), folder.resolve("small")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("256");
    assertThat(folder.resolve("small")).doesNotExist();

    Runs.model(folder, 256, _ -> {});
    options.put("budget.steps", 20);
    List<String[]> metrics = Runs.train(Runs.config(Recipe.SFT, options), folder.resolve("run"));
    assertThat(Runs.loss(metrics, 19)).isLessThan(0.7 * Runs.loss(metrics, 0));
  }

  @Test
  void aNewModelIsMadeFromItsSizesAndKeepsItsVocabulary() throws IOException {
    Map<String, Object> options =
        Runs.options(
            folder,
            "model.shape.embedding",
            32,
            "model.shape.head_size",
            16,
            "model.shape.rwkv_blocks",
            2,
            "model.shape.sparse_blocks",
            1,
            "model.shape.low_rank",
            List.of(8),
            "model.chunk_size",
            4,
            "data.vocabulary",
            "byte",
            "budget.steps",
            30);
    options.remove("model.file");
    List<String[]> metrics =
        Runs.train(Runs.config(Recipe.PRETRAIN, options), folder.resolve("run"));

    assertThat(Runs.loss(metrics, 0)).isCloseTo(Math.log(256), within(0.5));
    assertThat(Runs.loss(metrics, 29)).isLessThan(4);
    Parameters model = Runs.load(folder.resolve("run/model.safetensors"));
    assertThat(model.config()).isEqualTo(new Config(256, 32, 16, 2, 1, 4, 3));
    assertThat(model.get("rwkv.blocks.1.att.w1").shape()).containsExactly(32, 8);
    assertThat(model.metadata()).containsEntry(ModelShape.VOCABULARY_KEY, "byte");
  }

  @Test
  void adaptersLearnAloneAndCanBeMerged() throws IOException {
    RunConfig config =
        Runs.config(
            folder,
            "lora.rank",
            2,
            "lora.alpha",
            4,
            "parameters.freeze",
            List.of("*.receptance.*"),
            "schedule.lr",
            1e-2,
            "budget.steps",
            40);
    Path out = folder.resolve("run");
    List<String[]> metrics = Runs.train(config, out);

    assertThat(Runs.loss(metrics, 39)).isLessThan(0.9 * Runs.loss(metrics, 0));
    assertThat(out.resolve("model.safetensors")).doesNotExist();
    try (Checkpoint base = Checkpoint.open(folder.resolve("model.safetensors"));
        Checkpoint adapters = Checkpoint.open(out.resolve("adapters.safetensors"));
        Checkpoint merged = Adapters.merge(base, adapters, Optional.empty())) {
      assertThat(adapters.names()).isNotEmpty().allMatch(Adapters::isAdapter);
      assertThat(merged.names()).isEqualTo(base.names());
      assertThat(changed(base, merged, "rwkv.blocks.0.att.key.weight")).isTrue();
      assertThat(changed(base, merged, "rwkv.blocks.0.att.receptance.weight")).isFalse();
    }
  }

  private static boolean changed(Checkpoint before, Checkpoint after, String name) {
    return !Arrays.equals(before.tensor(name).toFloats(), after.tensor(name).toFloats());
  }

  @Test
  void initialStatesLearnAlone() throws IOException {
    RunConfig config = Runs.config(folder, "tune_state", true, "budget.steps", 40);
    Path out = folder.resolve("run");
    List<String[]> metrics = Runs.train(config, out);

    assertThat(Runs.loss(metrics, 39)).isLessThan(Runs.loss(metrics, 0));
    try (Checkpoint states = Checkpoint.open(out.resolve("states.safetensors"))) {
      assertThat(states.names())
          .containsExactly("blocks.0.att.time_state", "blocks.1.att.time_state");
    }
  }

  @Test
  void aRunGoesOnWithItsOwnOptionsOnly() throws IOException {
    Path out = folder.resolve("run");
    RunConfig config = Runs.config(folder);
    Runs.train(config, out);

    assertThatThrownBy(() -> TrainingRun.begin(config, out, new RunListener() {}))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("--resume");
    RunConfig other = Runs.config(folder, "schedule.lr", 1e-3);
    assertThatThrownBy(() -> TrainingRun.resume(other, out, new RunListener() {}))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("schedule.lr is 0.001, was 0.003");
    RunConfig harmless = Runs.config(folder, "threads", 2, "checkpoints.keep", 5);
    try (TrainingRun run = TrainingRun.resume(harmless, out, new RunListener() {})) {
      assertThat(run.run()).isTrue();
      assertThatThrownBy(() -> TrainingRun.resume(config, out, new RunListener() {}))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("in use");
    }
  }

  @Test
  void aChangedModelFileIsNoticed() throws IOException {
    Path out = folder.resolve("run");
    RunConfig config = Runs.config(Recipe.ALIGN, Runs.options(folder));
    Runs.train(config, out);
    Runs.model(folder, Runs.VOCABULARY, p -> p.get("rwkv.head.weight").values()[0]++);

    assertThatThrownBy(() -> TrainingRun.resume(config, out, new RunListener() {}))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("model.safetensors");
  }

  /**
   * As when a builder of the data is started again in the same place by one that writes over it.
   */
  @Test
  void whatWasLearnedIsSavedWhenTheDataIsCutShort() throws IOException {
    RunConfig config = Runs.config(folder);
    Path out = folder.resolve("run");
    Path tokens = folder.resolve("data.bin");
    try (TrainingRun run =
        TrainingRun.begin(
            config,
            out,
            new RunListener() {
              @Override
              public void step(StepMetrics metrics) {
                if (metrics.step() == 4) {
                  try (FileChannel channel = FileChannel.open(tokens, StandardOpenOption.WRITE)) {
                    channel.truncate(0);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                }
              }
            })) {
      assertThatExceptionOfType(InternalError.class)
          .isThrownBy(run::run)
          .withMessageContaining("unsafe memory access");
    }
    assertThat(out.resolve("checkpoints/step-000000004.safetensors")).exists();
  }
}
