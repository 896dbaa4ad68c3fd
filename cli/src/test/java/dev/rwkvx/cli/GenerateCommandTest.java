package dev.rwkvx.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class GenerateCommandTest {
  @TempDir private static Path folder;
  private static Path model;

  @BeforeAll
  static void writeModel() {
    model = RandomModels.write(folder.resolve("bytes.safetensors"), 256, "");
  }

  @Test
  void aSavedStateGoesOn() {
    Path file = folder.resolve("state.safetensors");
    Rwkvx first =
        generate(model, "--logit-bias", "65=1000", "--save-state", file, "--raw-tokens", "1,2,3");
    assertThat(first.err()).isEmpty();
    assertThat(first.out()).isEqualTo("AA\n");
    assertThat(greedy("--load-state", file, "--raw-tokens", "66,67").out())
        .isEqualTo(greedy("--raw-tokens", "1,2,3,65,65,66,67").out());
  }

  @Test
  void spilledAndAmplyBoundedCachesChangeNothing() {
    String prompt = "a".repeat(100);
    String expected = greedy(prompt).out();
    assertThat(greedy("--kv-cache", "spill", "--kv-cache-folder", folder, prompt).out())
        .isEqualTo(expected);
    assertThat(greedy("--kv-cache", "bounded", prompt).out()).isEqualTo(expected);
    assertThat(greedy("--kv-cache", "bounded", "--kv-cache-max", 50, prompt).exitCode()).isZero();
    Path file = folder.resolve("bounded.safetensors");
    greedy("--kv-cache", "bounded", "--kv-cache-max", 50, "--save-state", file, prompt);
    assertThat(greedy("--load-state", file, prompt).err())
        .contains("saved with the cache 'f32 bounded max=50 min=40 window=5 observed=32'");
  }

  @Test
  void cacheOptionsThatDoNotGoTogetherAreRefused() {
    assertThat(greedy("--kv-cache-max", 50, "x").err())
        .contains("--kv-cache-max goes with --kv-cache bounded");
    assertThat(greedy("--kv-cache", "bounded", "--kv-cache-min", 20000, "x").exitCode())
        .isEqualTo(2);
    assertThat(greedy("--kv-cache-type", "q4", "x").exitCode()).isEqualTo(2);
    assertThat(greedy("--initial-state", model, "x").err()).contains("time_state");
  }

  @Test
  void continuesAsTheTrainedModelDoes() throws IOException {
    Path trained = trainedModel();
    JsonNode expected = new ObjectMapper().readTree(trained.resolve("expected.json").toFile());
    String prompt = text(expected.get("prompt_bytes"));
    String continuation = text(expected.get("greedy_bytes"));
    Rwkvx run =
        Rwkvx.run(
            "generate",
            "--model",
            trained.resolve("model.pth"),
            "--temperature",
            0,
            "--max-tokens",
            continuation.length(),
            prompt);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isEqualTo(continuation + "\n");
  }

  @Test
  void takesThePromptFromAllPlaces() throws IOException {
    Path file = Files.writeString(folder.resolve("prompt.txt"), "Aé\n");
    String expected = greedy("Aé\n").out();
    assertThat(expected).hasSizeGreaterThan(3);
    assertThat(greedy("--file", file).out()).isEqualTo(expected);
    assertThat(greedy("--raw-tokens", "65,195,169,10").out()).isEqualTo(expected);
    Rwkvx standardInput =
        Rwkvx.runWithInput(
            "Aé\n".getBytes(UTF_8),
            "generate",
            "--model",
            model,
            "--temperature",
            0,
            "--max-tokens",
            12,
            "-");
    assertThat(standardInput.out()).isEqualTo(expected);
    assertThat(greedy("Aé").out()).isNotEqualTo(expected);
  }

  @Test
  void theSamplersTopKIsTopK() {
    assertThat(run("x", "--top-k", 1, "--seed", 4).out()).isEqualTo(greedy("x").out());
    assertThat(run("x", "--attention-top-k", 1, "--top-k", 1).exitCode()).isZero();
    assertThat(run("x", "--attention-top-k", 0).err()).contains("top-k");
  }

  @Test
  void theSeedDecides() {
    String first = run("x", "--seed", 4).out();
    assertThat(run("x", "--seed", 4).out()).isEqualTo(first);
    assertThat(run("x", "--seed", 5).out()).isNotEqualTo(first);
    assertThat(run("x").out()).isNotEqualTo(run("x").out());
  }

  @Test
  void bansBiasesAndStopsAct() {
    assertThat(greedy("x", "--logit-bias", "65=1000").out()).isEqualTo("A".repeat(12) + "\n");
    assertThat(greedy("x", "--logit-bias", "65=1000,66=999", "--ban", 65).out())
        .isEqualTo("B".repeat(12) + "\n");
    assertThat(greedy("x", "--logit-bias", "65=1000", "--stop-token", "1,65").out())
        .isEqualTo("\n");
    assertThat(greedy("x", "--logit-bias", "65=1000", "--stop", "AAA", "--stop", "Z").out())
        .isEqualTo("\n");
    assertThat(greedy("x", "--logit-bias", "0=1000").out()).isEqualTo("\n");
  }

  @Test
  void printsStatisticsOnRequest() {
    Rwkvx run = greedy("xyz", "--stats", "--logit-bias", "65=1000");
    assertThat(run.out()).isEqualTo("A".repeat(12) + "\n");
    assertThat(run.err())
        .matches(
            "prompt: 3 tokens, [0-9.]+ tokens/s; generated: 12 tokens, [0-9.]+ tokens/s; "
                + "ended by the limit of tokens\n");
  }

  @Test
  void findsTheVocabularyThatTheModelNames() throws IOException {
    Path embedded =
        RandomModels.write(
            folder.resolve("embedded.safetensors"), 3, "rwkvx-vocabulary 1 2\na\nbc\n");
    assertThat(generate(embedded, "abc", "--logit-bias", "2=1000").out()).isEqualTo("bcbc\n");

    Path named = RandomModels.write(folder.resolve("named.safetensors"), 3, "letters");
    assertThat(generate(named, "abc").err())
        .isEqualTo(
            "rwkvx generate: --vocab is missing: %s has 3 token ids and there is no letters.txt"
                    .formatted(named)
                + " beside it\n");
    Path letters = Files.writeString(folder.resolve("letters.txt"), "1 'a' 1\n2 'bc' 2\n");
    assertThat(generate(named, "abc", "--logit-bias", "2=1000").out()).isEqualTo("bcbc\n");

    Path nameless = RandomModels.write(folder.resolve("nameless.safetensors"), 3, "");
    assertThat(generate(nameless, "abc").err())
        .endsWith("has 3 token ids and does not name its vocabulary\n");
    assertThat(generate(nameless, "abc", "--vocab", letters, "--logit-bias", "1=1000").out())
        .isEqualTo("aa\n");
    assertThat(generate(nameless, "abc", "--vocab", "byte").err())
        .endsWith("The vocabulary 'bytes' has 256 ids, more than the 3 of the model\n");
  }

  @Test
  void refusesWhatCannotWork() {
    assertRefused("expected one of PROMPT, --file and --raw-tokens");
    assertRefused("expected one of PROMPT, --file and --raw-tokens", "x", "--raw-tokens", 1);
    assertRefused("The prompt is empty", "");
    assertRefused("/no/such/file: no such file", "--file", "/no/such/file");
    assertRefused("Token id 256 is outside the model's vocabulary", "--raw-tokens", "65,256");
    assertRefused("--raw-tokens", "--raw-tokens", "a");
    assertRefused("top-p must lie in (0, 1], found 1.5", "x", "--top-p", "1.5");
    assertRefused("max tokens must be at least 1, found 0", "x", "--max-tokens", 0);
    assertRefused("A stop string is empty", "x", "--stop", "");
    assertRefused("banned tokens: token id 256 is outside", "x", "--ban", 256);
    assertRefused("unknown option '--no-such'", "x", "--no-such");
    assertRefused("no such vocabulary file", "x", "--vocab", "/no/such/file");
  }

  private static void assertRefused(String message, Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("generate", "--model", model));
    all.addAll(List.of(arguments));
    Rwkvx run = Rwkvx.run(all.toArray());
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("rwkvx generate: ").contains(message).endsWith("\n");
    assertThat(run.err().lines()).hasSize(1);
  }

  private static Rwkvx greedy(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("--temperature", 0));
    all.addAll(List.of(arguments));
    return run(all.toArray());
  }

  private static Rwkvx run(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("generate", "--model", model, "--max-tokens", 12));
    all.addAll(List.of(arguments));
    return Rwkvx.run(all.toArray());
  }

  private static Rwkvx generate(Path file, Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("generate", "--model", file));
    all.addAll(List.of("--temperature", 0, "--max-tokens", 2));
    all.addAll(List.of(arguments));
    return Rwkvx.run(all.toArray());
  }

  private static String text(JsonNode bytes) {
    StringBuilder text = new StringBuilder();
    bytes.forEach(value -> text.append((char) value.intValue()));
    return text.toString();
  }

  private static Path trainedModel() {
    for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
      Path candidate = up.resolve("shared/models/tiny-rwkv7");
      if (Files.isDirectory(candidate)) {
        return candidate;
      }
    }
    return Assumptions.abort("skipped: no shared/models/tiny-rwkv7 in a folder above");
  }

  @Test
  void aTerminalIsNotSteered() {
    String said = "a\u001b]52;c;eA==\u0007\n";
    for (boolean terminal : new boolean[] {true, false}) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
      GenerateCommand.listener(stream, terminal).onText(said);
      stream.flush();
      assertThat(out.toString(StandardCharsets.UTF_8))
          .isEqualTo(terminal ? "a\ufffd]52;c;eA==\ufffd\n" : said);
    }
  }

  @Test
  void aStateThatCannotBeSavedIsToldBeforeTheWork() throws IOException {
    Path model = RandomModels.write(folder.resolve("m.safetensors"), 257, "");
    for (Path state : List.of(folder.resolve("no/s.safetensors"), folder, Path.of("/dev/null"))) {
      Rwkvx run =
          Rwkvx.run("generate", "--model", model, "--vocab", "byte", "--save-state", state, "x");
      assertThat(run.exitCode()).isEqualTo(2);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).startsWith("rwkvx generate: " + state).hasLineCount(1);
    }
  }
}
