package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.model.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogitsCommandTest {
  @TempDir private Path folder;
  private Path model;
  private Path out;

  @BeforeEach
  void writeModel() {
    model = folder.resolve("model.safetensors");
    out = folder.resolve("logits.safetensors");
    Config config = new Config(50, 32, 16, 2, 1, 8, 2);
    try (Checkpoint random = RandomModel.create(config, WeightType.F32, 3)) {
      Conversion.run(random, model, new Conversion.Target.Same(), Map.of());
    }
  }

  private Rwkvx logits(Object... arguments) {
    Object[] all = new Object[arguments.length + 5];
    System.arraycopy(new Object[] {"logits", "--model", model, "--out", out}, 0, all, 0, 5);
    System.arraycopy(arguments, 0, all, 5, arguments.length);
    return Rwkvx.run(all);
  }

  private static String ids(int count) {
    StringBuilder ids = new StringBuilder("1");
    for (int i = 1; i < count; i++) {
      ids.append(',').append(i * 7 % 50);
    }
    return ids.toString();
  }

  @Test
  void cachesThatKeepEverythingGiveTheSameLogits() throws IOException {
    assertThat(logits("--tokens", ids(40)).exitCode()).isZero();
    byte[] exact = Files.readAllBytes(out);
    logits("--tokens", ids(40), "--kv-cache", "spill", "--kv-cache-folder", folder);
    assertThat(Files.readAllBytes(out)).isEqualTo(exact);
    logits("--tokens", ids(40), "--kv-cache", "bounded");
    assertThat(Files.readAllBytes(out)).isEqualTo(exact);
    logits("--tokens", ids(40), "--kv-cache", "bounded", "--kv-cache-max", 20);
    assertThat(Files.readAllBytes(out)).isNotEqualTo(exact);
    assertThat(logits("--tokens", ids(40), "--kv-cache-type", "q8").err())
        .contains("head size that is a multiple of 32, found 16");
  }

  @Test
  void writesOneRowPerToken() {
    Rwkvx run = logits("--tokens", ids(40));
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    try (Checkpoint file = Checkpoint.open(out)) {
      assertThat(file.shape("logits")).containsExactly(40, 50);
      assertThat(file.type("logits")).isEqualTo(DType.F32);
      assertThat(file.metadata()).containsEntry("rwkvx.chunk_size", "8");
      assertThat(file.tensor("logits").toFloats()).doesNotContain(Float.NaN).hasSize(2000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"decode", "pieces:7", "pieces:16", "pieces:100"})
  void everyScheduleGivesTheSameBits(String schedule) {
    logits("--tokens", ids(40));
    float[] whole = read();
    logits("--tokens", ids(40), "--schedule", schedule);
    assertThat(read()).isEqualTo(whole);
  }

  @Test
  void chunkSizeAndTopKMatter() {
    logits("--tokens", ids(40));
    float[] whole = read();
    logits("--tokens", ids(40), "--chunk-size", 4, "--top-k", 1);
    assertThat(read()).isNotEqualTo(whole);
  }

  @Test
  void readsIdsFromFiles() throws IOException {
    logits("--tokens", "1,2,3");
    float[] expected = read();
    Path file = Files.writeString(folder.resolve("ids.txt"), " 1\n2,\t3\n");
    assertThat(logits("--tokens", file).exitCode()).isZero();
    assertThat(read()).isEqualTo(expected);
  }

  private float[] read() {
    try (Checkpoint file = Checkpoint.open(out)) {
      return file.tensor("logits").toFloats();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1,2,50  | prefill  | id 50 at position 2 is outside the vocabulary
          ,       | prefill  | word 1 is ''
          ' '     | prefill  | --tokens holds no token ids
          nowhere | prefill  | nowhere: no such file or folder
          1,2     | backward | --schedule is 'backward'; expected prefill, pieces:N or decode
          1,2     | pieces:0 | --schedule is 'pieces:0'
          """)
  void badInputGetsOneSentenceAndWritesNothing(String tokens, String schedule, String message) {
    Rwkvx run = logits("--tokens", tokens, "--schedule", schedule);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(message).hasLineCount(1);
    assertThat(out).doesNotExist();
  }

  @Test
  void wordsThatAreNoIdsAreNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("ids.txt"), "1 2 three");
    Rwkvx run = logits("--tokens", file);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(file + ": word 3 is 'three'; expected a token id");
  }
}
