package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GGUF files on the command line. */
class GgufCommandsTest {
  /** Made by llama.cpp's quantiser. */
  private static final Path Q4_K_M =
      Path.of("../engine/src/test/resources/golden/gguf/gold-Q4_K_M.gguf");

  @TempDir private Path folder;
  private Path model;
  private Path gguf;

  @BeforeEach
  void names() {
    model = folder.resolve("model.safetensors");
    gguf = folder.resolve("model.gguf");
  }

  @Test
  void generatesTheSameFromEitherFormat() {
    RandomModels.writeRwkv7(model, 256);
    Path packed = folder.resolve("packed.safetensors");
    assertThat(Rwkvx.run("convert", model, packed, "--type", "q8").exitCode()).isZero();
    Rwkvx run = Rwkvx.run("convert", model, gguf, "--type", "q8");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith(gguf + ": ");
    assertThat(generated(gguf)).isNotEmpty().isEqualTo(generated(packed));
    assertThat(Rwkvx.run("info", gguf).out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "file " + gguf + " (GGUF)",
            "kind RWKV-7",
            "converted Q8_0 to q8 (the same weights)",
            "general.name model",
            "rwkvx.vocabulary byte");
  }

  private static String generated(Path file) {
    Rwkvx run =
        Rwkvx.run(
            "generate", "--model", file, "--temperature", "0", "--max-tokens", "20", "Once upon");
    assertThat(run.err()).isEmpty();
    return run.out();
  }

  @Test
  void tellsWhatBecomesOfQuantisedWeights() {
    assertThat(Rwkvx.run("info", Q4_K_M).out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "types F32 3.3 % (45 tensors), F16 5.5 % (10 tensors), Q4_K 85.0 % (13 tensors),"
                + " Q6_K 6.2 % (1 tensors)",
            "converted Q4_K to q4 (the same codes, scales rounded), Q6_K to f16 (weights rounded)",
            "tokenizer.chat_template rwkv-world",
            "rwkvx.vocabulary 319 tokens in the file");
    // The vocabulary in the file is the model's.
    assertThat(Rwkvx.run("generate", "--model", Q4_K_M, "--max-tokens", "3", "a").exitCode())
        .isZero();
  }

  @Test
  void whatNoOtherProgramKnowsIsRefused() throws IOException {
    RandomModels.write(model, 300, "");
    assertRefused("is an RWKV-X with 1 sparse-attention blocks, which no program");
  }

  @Test
  void aVocabularyIsNeeded() throws IOException {
    RandomModels.writeRwkv7(model, 300);
    assertRefused("--vocab is missing: " + model + " has 300 token ids");
    Files.writeString(folder.resolve("v.txt"), "1 'a' 1\n300 'b' 1\n");
    Path vocabulary = folder.resolve("v.txt");
    assertRefused("The vocabulary has 301 ids, the model 300", "--vocab", vocabulary);
    assertThat(Rwkvx.run("convert", model, gguf, "--vocab", "byte").exitCode()).isZero();
  }

  @Test
  void refusesToOverwriteItsInput() throws IOException {
    Files.copy(Q4_K_M, gguf);
    Rwkvx run = Rwkvx.run("convert", gguf, gguf, "--type", "f32");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("part of the input").hasLineCount(1);
    assertThat(Files.size(gguf)).isEqualTo(Files.size(Q4_K_M));
  }

  @Test
  void otherFilesAreRefusedInASentence() throws IOException {
    byte[] file = Files.readAllBytes(Q4_K_M);
    int at = new String(file, StandardCharsets.ISO_8859_1).indexOf("rwkv7");
    byte[] other = file.clone();
    System.arraycopy("llama".getBytes(StandardCharsets.US_ASCII), 0, other, at, 5);
    for (byte[] wrong : new byte[][] {other, Arrays.copyOf(file, file.length / 2)}) {
      Files.write(gguf, wrong);
      for (String command : new String[] {"info", "generate"}) {
        Object[] arguments =
            command.equals("info")
                ? new Object[] {command, gguf}
                : new Object[] {command, "--model", gguf, "x"};
        Rwkvx run = Rwkvx.run(arguments);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
            .startsWith("rwkvx " + command + ": " + gguf)
            .containsAnyOf("of the architecture 'llama'; expected 'rwkv7'", "truncated or damaged")
            .hasLineCount(1);
      }
    }
  }

  private void assertRefused(String reason, Object... options) {
    Object[] arguments = new Object[options.length + 3];
    arguments[0] = "convert";
    arguments[1] = model;
    arguments[2] = gguf;
    System.arraycopy(options, 0, arguments, 3, options.length);
    Rwkvx run = Rwkvx.run(arguments);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(reason).hasLineCount(1);
    assertThat(gguf).doesNotExist();
  }
}
