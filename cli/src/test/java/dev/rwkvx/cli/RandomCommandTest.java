package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RandomCommandTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"bf16", "q4"})
  void theFileIsAModelThatGenerates(String type) {
    Path file = folder.resolve("model.safetensors");
    Rwkvx written = Rwkvx.run("random", "--shape", "L1+1xC64", "--type", type, "--out", file);
    assertThat(written.err()).isEmpty();
    assertThat(written.exitCode()).isZero();
    assertThat(Rwkvx.run("info", file).out()).contains("RWKV-X").contains("65536");
    Path tokens = folder.resolve("logits.safetensors");
    Rwkvx run = Rwkvx.run("logits", "--model", file, "--tokens", "1,2,3", "--out", tokens);
    assertThat(run.err()).isEmpty();
    assertThat(tokens).isNotEmptyFile();
  }

  @Test
  void anotherNameOrShapeIsBadInput() {
    Rwkvx name = Rwkvx.run("random", "--shape", "L1xC64", "--out", folder.resolve("model.pth"));
    assertThat(name.exitCode()).isEqualTo(2);
    assertThat(name.err()).contains("model.pth").contains("*.safetensors").hasLineCount(1);
    Rwkvx shape =
        Rwkvx.run("random", "--shape", "gpt", "--out", folder.resolve("model.safetensors"));
    assertThat(shape.exitCode()).isEqualTo(2);
    assertThat(shape.err()).contains("'gpt'").hasLineCount(1);
    assertThat(folder).isEmptyDirectory();
  }
}
