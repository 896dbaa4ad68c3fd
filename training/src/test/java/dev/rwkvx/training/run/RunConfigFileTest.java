package dev.rwkvx.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import dev.rwkvx.training.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RunConfigFileTest {
  private static final String LEAST =
      """
      model.file = "m.pth"
      budget.steps = 100
      [data]
      files = ["d"]
      vocabulary = "byte"
      """;

  private final RunConfigFile files = new RunConfigFile();
  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("run.toml"), text);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsWrittenReadsBackEqual(Recipe recipe) throws IOException {
    RunConfig config = files.read(recipe, file(LEAST), Map.of("schedule.warm_up", 17));
    String text = files.text(config);

    assertThat(files.read(recipe, file(text), Map.of())).isEqualTo(config);
    assertThat(files.parse(text, "text")).isEqualTo(config);
    assertThat(config.recipe()).isEqualTo(recipe);
  }

  @Test
  void namesWithQuotesAndControlCharactersSurvive() throws IOException {
    String name = "a'b\"c\\d\té";
    RunConfig config = files.read(Recipe.PRETRAIN, file(LEAST), Map.of("model.file", name));

    assertThat(files.parse(files.text(config), "text").model().file()).isEqualTo(name);
  }

  @Test
  void recipesHaveTheirDefaults() throws IOException {
    RunConfig align = files.read(Recipe.ALIGN, file(LEAST), Map.of());
    RunConfig longer = files.read(Recipe.LONG, file(LEAST), Map.of());

    assertThat(align.parameters().train()).containsExactly("moba.*");
    assertThat(longer.schedule().shape()).isEqualTo(Schedule.Shape.CONSTANT);
    assertThat(longer.schedule().lr()).isEqualTo(1e-5);
    assertThat(longer.longCe().enabled()).isTrue();
    assertThat(longer.data().context()).isEqualTo(64_000);
    assertThat(longer.optimiser()).isEqualTo(new RunConfig.Optimiser(0.9, 0.99, 1e-18, 0.001, 1));
  }

  @Test
  void optionsOverrideTheFileAndAlternativesReplaceOneAnother() throws IOException {
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("schedule.lr", 0.5);
    options.put("budget.tokens", 5000L);
    options.put("data.files", List.of("e"));
    options.put("model.shape.vocabulary", 100);
    options.put("model.shape.embedding", 64);
    options.put("model.shape.head_size", 16);
    options.put("model.shape.rwkv_blocks", 2);
    options.put("model.shape.sparse_blocks", 1);
    RunConfig config = files.read(Recipe.PRETRAIN, file(LEAST + "[schedule]\nlr = 1"), options);

    assertThat(config.schedule().lr()).isEqualTo(0.5);
    assertThat(config.budget()).isEqualTo(new RunConfig.Budget(null, 5000L, null));
    assertThat(config.data().files()).containsExactly("e");
    assertThat(config.model().file()).isNull();
    assertThat(config.model().shape()).isEqualTo(new RunConfig.Shape(100, 64, 16, 2, 1, null));
  }

  @Test
  void differencesAreNamed() throws IOException {
    RunConfig a = files.read(Recipe.PRETRAIN, file(LEAST), Map.of("threads", 1));
    RunConfig b = files.read(Recipe.PRETRAIN, file(LEAST), Map.of("threads", 2, "data.batch", 3));

    assertThat(files.difference(a, b, Set.of("threads"))).contains("data.batch is 8, was 3");
    assertThat(files.difference(a, b, Set.of("threads", "data"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          seed = "x"                          | seed: expected a whole number
          seed = 1.5                          | seed: expected a whole number
          threads = 0                         | threads is 0; expected 1 to 1024
          recipe = "bake"                     | for the recipe 'bake'; expected 'pretrain'
          colour = 1                          | unknown key 'colour'; expected one of budget
          schedule.rate = 1                   | unknown key 'schedule.rate'; expected one of lr, lr_last
          schedule.lr = 0                     | schedule.lr is 0.0; expected a number above 0
          schedule.lr = nan                   | schedule.lr is NaN; expected a number above 0
          schedule.lr_last = -1               | schedule.lr_last is -1.0; expected 0 or more
          schedule.shape = "wave"             | schedule.shape: expected one of constant, linear, cosine
          schedule.warm_up = -1               | schedule.warm_up is -1; expected 0 or more
          schedule = 3                        | schedule: expected a table
          data.context = 0                    | data.context is 0; expected 1 or more
          data.context = 99999999999          | (99999999999) out of range
          data.batch = -3                     | data.batch is -3; expected 1 or more
          data.batch = 1000000                | data.batch × data.context is 1024000000 tokens
          data.accumulate = 0                 | data.accumulate is 0; expected 1 to 1048576
          data.shortest = 1                   | data.shortest is 1; expected 2 or more
          data.sampler = "dice"               | data.sampler: expected one of cubic, packed, conversations
          data.files = []                     | data.files is empty
          data.files = ["a", "b"]             | data.files has 2 names; expected one token stream
          data.files = "a"                    | data.files: expected a list
          budget.steps = 0                    | budget.steps is 0; expected 1 or more
          budget.steps = true                 | budget.steps: expected a whole number
          optimiser.beta1 = 1                 | optimiser.beta1 is 1.0; expected 0 up to below 1
          optimiser.beta2 = -0.1              | optimiser.beta2 is -0.1; expected 0 up to below 1
          optimiser.epsilon = 0               | optimiser.epsilon is 0.0; expected a number above 0
          optimiser.weight_decay = -1         | optimiser.weight_decay is -1.0; expected 0 or more
          optimiser.clip = 0                  | optimiser.clip is 0.0; expected a number above 0
          parameters.train = []               | parameters.train is empty
          resets.probability = 2              | resets.probability is 2.0; expected 0 to 1
          resets.least = 0                    | resets.least is 0; expected 1 or more
          resets.most = 3                     | resets.most is 3; expected at least resets.least, which is 256
          long_ce.trunc = 0                   | long_ce.trunc is 0; expected 1 or more
          long_ce.cap = 0                     | long_ce.cap is 0.0; expected a number above 0
          long_ce.enabled = true              | long_ce.trunc is 4000; expected less than data.context
          long_ce.enabled = "yes"             | long_ce.enabled: expected true or false
          validation.every = 0                | validation.every is 0; expected 1 or more
          validation.files = ["a", "b"]       | validation.files has 2 names
          checkpoints.every_steps = 0         | checkpoints.every_steps is 0; expected 1 or more
          checkpoints.every_minutes = 0       | checkpoints.every_minutes is 0.0; expected a number above 0
          checkpoints.keep = 0                | checkpoints.keep is 0; expected 1 or more
          checkpoints.type = "f8"             | checkpoints.type: expected one of f32, bf16
          model.chunk_size = 0                | model.chunk_size is 0; expected 1 or more
          model.top_k = 0                     | model.top_k is 0; expected 1 or more
          model.shape.vocabulary = 5          | model.shape
          model.shape.low_rank = [1, 2]       | model.shape
          lora.rank = 0                       | lora.rank is 0; expected 1 or more
          lora.alpha = 0                      | lora.alpha is 0.0; expected a number above 0
          lora.matrices = []                  | lora.matrices is empty
          tune_state = 1                      | tune_state: expected true or false
          seed =                              | line 1: is no TOML
          data.files = [["x"]]                | data.files
          data.files = [{a = 1}]              | data.files
          data.files = "a\\u0000b"            | data.files has the character U+0000
          "a\\u0000" = 1                      | has the character U+0000
          """)
  void everyMistakeIsASentence(String line, String message) throws IOException {
    Path base = file(LEAST);
    String key = line.substring(0, line.indexOf('=')).strip();
    String rest = LEAST.lines().filter(l -> !l.startsWith(key)).reduce("", (a, b) -> a + b + "\n");
    String text = key.startsWith("data.") ? line + "\n" : line + "\n" + rest;
    // Keys of [data] cannot stand twice: there the least comes as options.
    Map<String, Object> options = key.startsWith("data.") ? dataOptions(key) : Map.of();
    Files.writeString(base, text);

    assertThatThrownBy(() -> files.read(Recipe.PRETRAIN, base, options))
        .isInstanceOf(InputException.class)
        .message()
        .contains(message)
        .doesNotContain("\n");
  }

  /** The library stops at some depth; whatever it says, the sentence names the file. */
  @ParameterizedTest
  @CsvSource({"x=,[,''", "x=,{a=,''", "'',a.,b=1", "'','[a.]',''"})
  void deepNestingIsRefused(String start, String level, String end) throws IOException {
    Path deep = file(start + level.repeat(50_000) + end);
    assertThatThrownBy(() -> files.read(Recipe.PRETRAIN, deep, Map.of()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(deep + "")
        .message()
        .hasSizeLessThan(400);
  }

  @Test
  void controlCharactersInFilesAreRefused() throws IOException {
    Path path = file("seed = 1\n# \u001b[31m\n");
    assertThatThrownBy(() -> files.read(Recipe.PRETRAIN, path, Map.of()))
        .isInstanceOf(InputException.class)
        .hasMessage(path + ", line 2: has the control character U+001B; expected a text");
  }

  private static Map<String, Object> dataOptions(String but) {
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("model.file", "m.pth");
    options.put("budget.steps", 100);
    options.put("data.files", List.of("d"));
    options.remove(but);
    return options;
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    assertMessage(Map.of(), "There is no model; expected --model (model.file) or --shape");
    assertMessage(
        Map.of("model.file", "m", "data.files", List.of("d")),
        "The length of the run is missing; expected --steps, --tokens or --epochs");
    assertMessage(
        Map.of(
            "model.file",
            "m",
            "data.files",
            List.of("d"),
            "budget.steps",
            1,
            "lora.rank",
            4,
            "tune_state",
            true),
        "lora.rank and tune_state are both given");
    assertMessage(Map.of("model.shape.embedding", 64), "model.shape.");
    assertThatThrownBy(() -> files.read(Recipe.PRETRAIN, folder.resolve("none.toml"), Map.of()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("none.toml: no such file");
  }

  private void assertMessage(Map<String, Object> options, String message) {
    assertThatThrownBy(() -> files.read(Recipe.PRETRAIN, null, options))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aWarmUpBeyondTheRunIsRefused() throws IOException {
    RunConfig config =
        files.read(Recipe.PRETRAIN, file(LEAST), Map.of("schedule.warm_up", 1_000_000));

    assertThatThrownBy(() -> config.withWarmUp(819_200))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "schedule.warm_up is 1000000 tokens; expected at most the 819200 of the whole run");
    assertThat(files.read(Recipe.PRETRAIN, file(LEAST), Map.of()).withWarmUp(500).schedule())
        .isEqualTo(new RunConfig.Rate(Schedule.Shape.COSINE, 6e-4, 6e-5, 5L));
  }
}
