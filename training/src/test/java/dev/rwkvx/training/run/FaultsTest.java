package dev.rwkvx.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run does when its files are damaged, lost or not to be read, and when it diverges. */
class FaultsTest {
  private static final String OLDER = "checkpoints/step-000000008.safetensors";
  private static final String NEWEST = "checkpoints/step-000000010.safetensors";

  @TempDir private Path folder;
  private Path out;
  private final List<String> warnings = new ArrayList<>();

  /** Remembers what it is warned of. */
  private final RunListener listener =
      new RunListener() {
        @Override
        public void warning(String sentence) {
          warnings.add(sentence);
        }
      };

  @BeforeEach
  void name() {
    out = folder.resolve("run");
  }

  /** Trains ten steps; the model is moved away, so that it has to be made again. */
  private byte[] trained() throws IOException {
    Runs.train(Runs.config(folder, "checkpoints.every_steps", 2), out);
    byte[] model = Files.readAllBytes(out.resolve("model.safetensors"));
    Files.delete(out.resolve("model.safetensors"));
    return model;
  }

  private void resume() throws IOException {
    RunConfig config = new RunConfigFile().resume(Recipe.PRETRAIN, out, Map.of());
    try (TrainingRun run = TrainingRun.resume(config, out, listener)) {
      assertThat(run.run()).isTrue();
    }
  }

  private void replace(String file, String text, String other) throws IOException {
    Path path = out.resolve(file);
    String content = Files.readString(path, StandardCharsets.ISO_8859_1);
    String changed = content.replaceFirst(text, other);
    assertThat(changed).isNotEqualTo(content);
    Files.writeString(path, changed, StandardCharsets.ISO_8859_1);
  }

  private void flip(String file, long fromEnd) throws IOException {
    byte[] bytes = Files.readAllBytes(out.resolve(file));
    bytes[(int) (bytes.length - fromEnd)] ^= 4;
    Files.write(out.resolve(file), bytes);
  }

  /** Makes a checkpoint one of those that had no checksums. */
  private void withoutChecksums(String file) throws IOException {
    replace(file, "rwkvx.crc32c", "rwkvx.crc32x");
  }

  // --- checkpoints ---------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(longs = {1, 100, 30_000})
  void aFlippedBitMakesTheOlderCheckpointCount(long fromEnd) throws IOException {
    byte[] model = trained();
    flip(NEWEST, fromEnd);
    resume();
    assertThat(warnings).singleElement().asString().contains(NEWEST, "the checkpoint before it");
    assertThat(out.resolve("model.safetensors")).hasBinaryContent(model);
    assertThat(out.resolve(NEWEST + ".damaged")).exists();
  }

  @ParameterizedTest
  @ValueSource(strings = {"step", "metrics_bytes", "events_bytes", "optimiser_steps"})
  void aDamagedNumberMakesTheOlderCheckpointCount(String key) throws IOException {
    byte[] model = trained();
    withoutChecksums(NEWEST);
    // The first digit, 1, becomes a letter, and for the step another digit.
    String start = "run." + key + "\":\"";
    replace(NEWEST, start + "[0-9]", start + (key.equals("step") ? "3" : "q"));
    resume();
    assertThat(warnings).singleElement().asString().contains(NEWEST, "the checkpoint before it");
    assertThat(out.resolve("model.safetensors")).hasBinaryContent(model);
  }

  @Test
  void checkpointsWithoutChecksumsStillCount() throws IOException {
    byte[] model = trained();
    withoutChecksums(NEWEST);
    resume();
    assertThat(warnings).isEmpty();
    assertThat(out.resolve("model.safetensors")).hasBinaryContent(model);
  }

  @Test
  void aRunWithoutAnyWholeCheckpointBeginsAnew() throws IOException {
    byte[] model = trained();
    flip(NEWEST, 1);
    flip(OLDER, 1);
    resume();
    assertThat(warnings).hasSize(2);
    assertThat(warnings.getLast()).contains(OLDER, "the run begins anew");
    assertThat(out.resolve("model.safetensors")).hasBinaryContent(model);
  }

  /** As with permissions or failing devices, nothing tells that the file is damaged. */
  @Test
  void aCheckpointThatCannotBeReadIsLeftAlone() throws IOException {
    trained();
    Path newest = out.resolve(NEWEST);
    Files.move(newest, folder.resolve("elsewhere"));
    Files.createSymbolicLink(newest, folder.resolve("not mounted"));
    assertThatThrownBy(this::resume)
        .isInstanceOf(InputException.class)
        .hasMessage(newest + ": no such file");
    assertThat(Files.isSymbolicLink(newest)).isTrue();
    assertThat(warnings).isEmpty();
  }

  // --- other files ---------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"metrics.csv", "events.out.tfevents.rwkvx"})
  void aLostFileOfCurvesIsBegunAnew(String file) throws IOException {
    byte[] model = trained();
    Files.delete(out.resolve(file));
    resume();
    assertThat(warnings).singleElement().asString().contains(file + " has 0 bytes");
    assertThat(out.resolve("model.safetensors")).hasBinaryContent(model);
    assertThat(out.resolve(file)).isNotEmptyFile();
    warnings.clear();
    resume();
    assertThat(warnings).singleElement().asString().contains(file);
  }

  @Test
  void ofAShortFileOfCurvesTheWholeRecordsStay() throws IOException {
    trained();
    Path metrics = out.resolve("metrics.csv");
    Path events = out.resolve("events.out.tfevents.rwkvx");
    List<String> lines = Files.readAllLines(metrics);
    byte[] records = Files.readAllBytes(events);
    Files.writeString(metrics, String.join("\n", lines.subList(0, 4)) + "\n4,19");
    Files.write(events, Arrays.copyOf(records, records.length - 5));
    resume();
    assertThat(warnings).hasSize(2);
    assertThat(metrics).hasContent(String.join("\n", lines.subList(0, 4)));
    byte[] left = Files.readAllBytes(events);
    assertThat(left).isEqualTo(Arrays.copyOf(records, left.length)).hasSizeGreaterThan(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\0\0\0"})
  void lostOptionsAreThoseOfTheCheckpoint(String left) throws IOException {
    byte[] model = trained();
    Path config = out.resolve("config.toml");
    String options = Files.readString(config);
    Files.writeString(config, left);
    resume();
    assertThat(warnings).singleElement().asString().contains(config.toString());
    assertThat(config).hasContent(options);
    assertThat(out.resolve("model.safetensors")).hasBinaryContent(model);

    Files.delete(config);
    flip(NEWEST, 1);
    flip(OLDER, 1);
    assertThatThrownBy(this::resume)
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(config + " is lost, and no checkpoint tells the options");
  }

  // --- divergence ----------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({"1e308,1", "1e30,8"})
  void noModelIsMadeOfADivergedRun(double rate, int steps) throws IOException {
    RunConfig config =
        Runs.config(folder, "schedule.lr", rate, "schedule.lr_last", rate, "budget.steps", steps);
    assertThatThrownBy(() -> Runs.train(config, out))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("The run has diverged: after step " + steps)
        .hasMessageContaining("schedule.lr");
    assertThat(out.resolve("model.safetensors")).doesNotExist();
    assertThat(out.resolve("checkpoints")).isEmptyDirectory();
  }

  /** The second step is far too large: its weights are numbers, but no later step can use them. */
  @Test
  void theLastGoodCheckpointStays() throws IOException {
    RunConfig config =
        Runs.config(
            folder,
            "schedule.shape",
            "linear",
            "schedule.warm_up",
            0,
            "schedule.lr_last",
            1e30,
            "budget.steps",
            150,
            "checkpoints.every_steps",
            1,
            "checkpoints.keep",
            1);
    assertThatThrownBy(() -> Runs.train(config, out))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("not finite in 100 steps");
    assertThat(out.resolve("checkpoints").toFile().list())
        .containsExactlyInAnyOrder("step-000000001.safetensors", "step-000000002.safetensors");
  }

  @Test
  void infiniteWeightsAreRefusedBeforeTheWork() throws IOException {
    Runs.model(
        folder,
        Runs.VOCABULARY,
        parameters -> parameters.get("rwkv.head.weight").values()[5] = Float.POSITIVE_INFINITY);
    RunConfig config = Runs.config(folder);
    assertThatThrownBy(() -> Runs.train(config, out))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("model.safetensors: 'rwkv.head.weight' holds Infinity");
    assertThat(out).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "4194304,64,A batch of 268435456 tokens is too large for an embedding of 32",
    "1000000,60,A batch of 60000000 tokens needs more than 36621 MiB of memory"
  })
  void batchesThatNoMemoryHoldsAreRefusedBeforeTheWork(int batch, int context, String problem)
      throws IOException {
    RunConfig config = Runs.config(folder, "data.batch", batch, "data.context", context);
    assertThatThrownBy(() -> Runs.train(config, out))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(problem);
    assertThat(out).doesNotExist();
  }
}
