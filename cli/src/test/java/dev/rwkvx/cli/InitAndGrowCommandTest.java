package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitAndGrowCommandTest {
  @TempDir private Path folder;
  private Path model;
  private Path grown;

  @BeforeEach
  void names() {
    model = folder.resolve("model.safetensors");
    grown = folder.resolve("grown.safetensors");
  }

  @Test
  void aNewModelSaysWhatItIs() {
    assertThat(init("--shape", "L4+2xC64", "--vocab", "byte", "--chunk-size", "32", "--top-k", "2"))
        .isEqualTo(new Result(0, ""));
    String info = Rwkvx.run("info", model).out();
    assertThat(info).contains("RWKV-X").containsPattern("chunk size +32");
    assertThat(info).containsPattern("top k +2");
    Rwkvx text = Rwkvx.run("generate", "--model", model, "--max-tokens", "2", "hello");
    assertThat(text.err()).isEmpty();
    assertThat(text.exitCode()).isZero();
  }

  @Test
  void smallModelsHaveTheSizesAskedFor() {
    assertThat(
            init(
                "--shape",
                "L2xC32",
                "--head-size",
                "16",
                "--vocab-size",
                "20",
                "--low-rank",
                "8",
                "--type",
                "bf16"))
        .isEqualTo(new Result(0, ""));
    try (Checkpoint written = Checkpoint.open(model)) {
      assertThat(written.shape("emb.weight")).containsExactly(20, 32);
      assertThat(written.shape("blocks.1.att.r_k")).containsExactly(2, 16);
      assertThat(written.shape("blocks.1.att.v1")).containsExactly(32, 8);
      assertThat(written.type("blocks.1.att.v1")).isEqualTo(DType.BF16);
    }
  }

  @Test
  void impossibleModelsAreRefused() throws IOException {
    refuseInit("expected one of --vocab", "--shape", "L2xC64");
    refuseInit("expected one of --vocab", "--shape", "L2xC64", "--vocab", "a", "--vocab-size", "9");
    refuseInit("missing.txt", "--shape", "L2xC64", "--vocab", folder.resolve("missing.txt"));
    refuseInit("--vocab-size is 0", "--shape", "L2xC64", "--vocab-size", "0");
    refuseInit("3 sparse blocks", "--shape", "L4+3xC64", "--vocab-size", "9");
    refuseInit("not a multiple", "--shape", "L4xC65", "--vocab-size", "9");
    refuseInit("'gpt'", "--shape", "gpt", "--vocab-size", "9");
    refuseInit("--low-rank has 3", "--shape", "L2xC64", "--vocab-size", "9", "--low-rank", "8,8,8");
    refuseInit("--low-rank is 0", "--shape", "L2xC64", "--vocab-size", "9", "--low-rank", "0");
    refuseInit("heads of 64", "--shape", "0.1b", "--vocab-size", "9", "--head-size", "32");
    assertThat(folder).isEmptyDirectory();
  }

  private void refuseInit(String reason, Object... options) {
    Result result = init(options);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("rwkvx init: ").contains(reason).hasLineCount(1);
  }

  @Test
  void aGrownModelKeepsItsVocabularyAndItsLogits() throws IOException {
    init("--shape", "L4xC64", "--vocab", "byte");
    assertThat(grow("--blocks", "2", "--chunk-size", "8")).isEqualTo(new Result(0, ""));
    try (Checkpoint written = Checkpoint.open(grown)) {
      assertThat(written.metadata()).containsKey("rwkvx.vocabulary");
      assertThat(written.metadata()).containsEntry("rwkvx.chunk_size", "8");
      assertThat(written.type("moba.1.att.key.weight")).isEqualTo(DType.F32);
    }
    assertThat(logits(grown)).isEqualTo(logits(model));
    assertThat(grow("--blocks", "4", "--init", "copy", "--type", "bf16").exitCode()).isZero();
    try (Checkpoint written = Checkpoint.open(grown)) {
      assertThat(written.type("rwkv.emb.weight")).isEqualTo(DType.BF16);
      assertThat(written.contains("moba.3.ffn.x_k")).isTrue();
    }
  }

  private float[] logits(Path file) {
    Path out = folder.resolve("logits.safetensors");
    Rwkvx run = Rwkvx.run("logits", "--model", file, "--tokens", "1,2,3,4", "--out", out);
    assertThat(run.err()).isEmpty();
    try (Checkpoint written = Checkpoint.open(out)) {
      return written.tensor(written.names().getFirst()).toFloats();
    }
  }

  @Test
  void impossibleGrowthIsRefused() throws IOException {
    init("--shape", "L4xC64", "--vocab", "byte");
    refuseGrowth("expected 1, 2, 4", "--blocks", "3");
    refuseGrowth("--top-k is 0", "--blocks", "2", "--top-k", "0");
    assertThat(grown).doesNotExist();
    Files.write(model, new byte[100]);
    refuseGrowth("model.safetensors", "--blocks", "2");
    Files.delete(model);
    refuseGrowth("model.safetensors", "--blocks", "2");
    assertThat(grow().err()).contains("--blocks");
  }

  private void refuseGrowth(String reason, Object... options) {
    Result result = grow(options);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("rwkvx grow: ").contains(reason).hasLineCount(1);
  }

  private Result init(Object... options) {
    return run(List.of("init", "--out", model), options);
  }

  private Result grow(Object... options) {
    return run(List.of("grow", model, grown), options);
  }

  private static Result run(List<Object> command, Object... options) {
    List<Object> arguments = new ArrayList<>(command);
    arguments.addAll(List.of(options));
    Rwkvx run = Rwkvx.run(arguments.toArray());
    return new Result(run.exitCode(), run.err());
  }

  private record Result(int exitCode, String err) {}
}
