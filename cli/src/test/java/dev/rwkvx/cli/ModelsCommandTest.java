package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ModelsCommandTest {
  @TempDir private Path cache;
  private Path one;
  private Path broken;

  @BeforeEach
  void pulled() throws IOException {
    Path main = Files.createDirectories(cache.resolve("someone/a-model/main"));
    one = RandomModels.writeRwkv7(main.resolve("one.pth"), 256);
    broken = Files.writeString(main.resolve("two.pth"), "nothing to see");
  }

  @Test
  void modelsAreListedWithWhatTheyAre() {
    Rwkvx run = Rwkvx.run("models", "--cache", cache);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "someone/a-model:one.pth " + size(one) + " torch zip BF16 100 % " + one,
            "someone/a-model:two.pth 14 bytes cannot be read " + broken);
  }

  @Test
  void programsGetJson() {
    JsonNode models =
        new JsonMapper().readTree(Rwkvx.run("models", "--json", "--cache", cache).out());
    JsonNode first = models.get(0);
    assertThat(first.path("name").asString()).isEqualTo("someone/a-model:one.pth");
    assertThat(first.path("bytes").asLong()).isEqualTo(one.toFile().length());
    assertThat(first.path("format").asString()).isEqualTo("torch zip");
    assertThat(first.path("types").path("BF16").asDouble()).isEqualTo(100);
    assertThat(first.path("path").asString()).isEqualTo(one.toString());
    assertThat(first.path("cache").asString()).isEqualTo("rwkvx");
  }

  @Test
  void deletionWantsAWord() {
    Rwkvx silent = remove("someone/a-model:two.pth");
    assertThat(silent.exitCode()).isEqualTo(2);
    assertThat(silent.err()).contains("nobody is there to be asked; --yes deletes without asking");
    assertThat(broken).exists();
    Rwkvx run = remove("someone/a-model:two.pth", "--yes");
    assertThat(run.out()).isEqualToIgnoringNewLines("deleted someone/a-model:two.pth (14 bytes)");
    assertThat(broken).doesNotExist();
    assertThat(remove("someone/a-model", "--yes").exitCode()).isZero();
    assertThat(one).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "someone/a-model, has several pulled models; say which",
    "someone/else, someone/else: no such pulled model; 'rwkvx models' lists them",
    "../../etc/passwd, ../../etc/passwd: no such pulled model"
  })
  void whatIsNotOneModelIsNotDeleted(String name, String sentence) {
    Rwkvx run = remove(name, "--yes");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(sentence).hasLineCount(1);
    assertThat(one).exists();
    assertThat(broken).exists();
  }

  private Rwkvx remove(String name, String... options) {
    Object[] words = {"models", "rm", name, "--cache", cache};
    Object[] all = java.util.Arrays.copyOf(words, words.length + options.length);
    System.arraycopy(options, 0, all, words.length, options.length);
    return Rwkvx.run(all);
  }

  private static String size(Path file) {
    return Text.bytes(file.toFile().length());
  }
}
