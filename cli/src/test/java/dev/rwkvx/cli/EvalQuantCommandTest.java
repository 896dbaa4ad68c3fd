package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalQuantCommandTest {
  @TempDir private Path folder;
  private Path original;
  private Path text;

  @BeforeEach
  void write() throws IOException {
    original = RandomModels.write(folder.resolve("original.safetensors"), 256, "byte");
    text = Files.writeString(folder.resolve("text.txt"), "The grass is green. ".repeat(20));
  }

  private Rwkvx eval(Path model, Path against) {
    return Rwkvx.run(
        "eval", "quant", "--model", model, "--against", against, "--text", text, "--tokens", 300);
  }

  @Test
  void aModelAgreesWithItself() {
    Rwkvx run = eval(original, original);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .containsPattern("tokens +300\n")
        .containsPattern("same most probable token +100\\.00 %")
        .containsPattern("largest logit difference +0\\.00");
  }

  @Test
  void fewerBitsAgreeLess() {
    double[] divergence = new double[2];
    String[] types = {"q8", "q4"};
    for (int i = 0; i < types.length; i++) {
      Path quantized = folder.resolve(types[i] + ".safetensors");
      Rwkvx convert = Rwkvx.run("convert", original, quantized, "--type", types[i]);
      assertThat(convert.err()).isEmpty();
      Rwkvx run = eval(quantized, original);
      assertThat(run.err()).isEmpty();
      String number = run.out().replaceFirst("(?s).*KL divergence +(\\S+) nats.*", "$1");
      divergence[i] = Double.parseDouble(number);
    }
    assertThat(divergence[0]).isPositive();
    assertThat(divergence[1]).isGreaterThan(10 * divergence[0]);
  }

  @Test
  void otherVocabulariesAndEmptyTextsAreRefused() throws IOException {
    Path other = RandomModels.write(folder.resolve("other.safetensors"), 300, "byte");
    Rwkvx run = eval(original, other);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("expected the same vocabulary").hasLineCount(1);
    Files.writeString(text, "");
    assertThat(eval(original, original).err()).contains("is empty; expected some text");
  }
}
