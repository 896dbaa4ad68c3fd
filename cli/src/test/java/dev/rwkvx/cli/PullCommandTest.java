package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PullCommandTest {
  @TempDir private Path folder;
  private final LocalHub hub = new LocalHub();
  private final Map<String, byte[]> files = hub.files();

  @BeforeEach
  void start() throws IOException {
    Path model = RandomModels.write(folder.resolve("one.safetensors"), 256, "byte");
    files.put("one.safetensors", Files.readAllBytes(model));
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void theOnlyModelIsPulledAndLinked() {
    Path out = folder.resolve("mine.safetensors");
    Rwkvx run = pull("someone/a-model", "--out", out);
    Path pulled = folder.resolve("cache/someone/a-model/main/one.safetensors");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines())
        .containsExactly(
            pulled + ": " + Text.bytes(files.get("one.safetensors").length) + ", SHA-256 checked",
            out.toString(),
            "next: rwkvx generate --model " + out + " PROMPT");
    assertThat(out).hasBinaryContent(files.get("one.safetensors"));
    assertThat(pulled).hasSameBinaryContentAs(out);
    assertThat(Rwkvx.run("info", out).exitCode()).isZero();
  }

  @Test
  void aPlaceThatCannotBeIsFoundOutBeforeThePull() {
    Rwkvx run = pull("someone/a-model", "--out", folder.resolve("nowhere/x.safetensors"));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("nowhere/x.safetensors: its folder does not exist");
    assertThat(folder.resolve("cache")).doesNotExist();
  }

  @Test
  void anOpenChoiceIsListed() {
    files.put("two.pth", new byte[2048]);
    pull("someone/a-model:one.safetensors");
    Rwkvx run = pull("someone/a-model");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out())
        .startsWith("someone/a-model, main at commit 0123456")
        .containsPattern("one\\.safetensors +\\S+ KiB  pulled")
        .containsPattern("two\\.pth +2\\.00 KiB\\R");
    assertThat(run.err())
        .isEqualToIgnoringNewLines(
            "rwkvx pull: someone/a-model has 2 models;"
                + " choose one with rwkvx pull someone/a-model:FILE");
    assertThat(pull("someone/a-model", "--list").out()).isEqualTo(run.out());
  }

  @Test
  void aHuggingFaceFolderComesWithItsVocabulary() throws IOException {
    Path model = RandomModels.writeRwkv7(folder.resolve("model.pth"), 256);
    Path fla = folder.resolve("fla");
    assertThat(Rwkvx.run("convert", model, fla, "--to", "fla").exitCode()).isZero();
    files.clear();
    try (Stream<Path> written = Files.list(fla)) {
      for (Path file : written.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    files.put("modeling_rwkv7.py", new byte[3]);
    Path out = Files.createDirectory(folder.resolve("out"));
    Rwkvx refused = pull("someone/a-model", "--out", folder.resolve("out.safetensors"));
    assertThat(refused.err()).contains("out.safetensors: is no folder, and").hasLineCount(1);
    Rwkvx run = pull("someone/a-model", "--out", out);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("in 5 files, SHA-256 checked");
    try (Stream<Path> linked = Files.list(out)) {
      assertThat(linked.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "config.json",
              "generation_config.json",
              "model.safetensors",
              "rwkv_vocab_v20230424.txt",
              "tokenizer_config.json");
    }
    Rwkvx text = Rwkvx.run("generate", "--model", out, "a", "--max-tokens", "2");
    assertThat(text.exitCode()).as(text.err()).isZero();
  }

  @Test
  void aFileThatIsNoModelIsPulledWithANote() {
    files.put("README.md", "words".getBytes(StandardCharsets.UTF_8));
    Rwkvx run = pull("someone/a-model:README.md");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("README.md: 5 bytes").doesNotContain("next:");
    assertThat(run.err()).startsWith("note: ").hasLineCount(1);
  }

  @Test
  void knownNamesAreListed() {
    assertThat(Rwkvx.run("pull", "--list", "--cache", folder).out())
        .contains("rwkv7-g1-0.1b")
        .containsPattern("rwkvx-3.6b +howard-hou/RWKV-X")
        .containsPattern("rwkv7-g1-0.4b-hf +fla-hub/rwkv7-0.4B-g1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pull                          | expected a model: OWNER/NAME
          pull nothing                  | nothing' is no known model and no repository
          pull a/b --mirror huggingface | huggingface' is not the address of a hub
          pull a/b:../c                 | a/b:../c' is no known model and no repository
          info no/body:x.pth            | no such pulled model; 'rwkvx pull no/body:x.pth' fetches it
          """)
  void mistakesGetOneSentence(String line, String sentence) {
    Rwkvx run = Rwkvx.run((Object[]) line.split(" "));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains(sentence).hasLineCount(1);
  }

  @Test
  void theRateIsThatOfThisRun() {
    long mebibyte = 1 << 20;
    assertThat(
            PullProgress.describe("pulling x", 80 * mebibyte, 90 * mebibyte, 100 * mebibyte, 2.0))
        .isEqualTo("pulling x  90 % of 100.00 MiB, 5.00 MiB/s, 0:02 left");
  }

  private Rwkvx pull(Object... arguments) {
    Object[] all = new Object[arguments.length + 5];
    all[0] = "pull";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[arguments.length + 1] = "--mirror";
    all[arguments.length + 2] = hub.address();
    all[arguments.length + 3] = "--cache";
    all[arguments.length + 4] = folder.resolve("cache");
    return Rwkvx.run(all);
  }
}
