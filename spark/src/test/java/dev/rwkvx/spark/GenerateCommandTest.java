package dev.rwkvx.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.generate.Generation;
import dev.rwkvx.generate.GenerationOptions;
import dev.rwkvx.generate.Generator;
import dev.rwkvx.generate.ModelContext;
import dev.rwkvx.generate.Sampler;
import dev.rwkvx.generate.SamplingOptions;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.model.CacheOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class GenerateCommandTest {
  private static final int TOKENS = 12;

  @TempDir static Path folder;
  private static Path model;
  private static Path corpus;
  private static Path first;

  @BeforeAll
  static void runs() throws IOException {
    model = Fixture.model(folder);
    corpus = Fixture.corpus(folder);
    first = folder.resolve("first");
    Fixture.Ran ran = generate(corpus, first, "--partitions", 1);
    assertThat(ran.err()).isEmpty();
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("rows: 23", "errors: 0");
  }

  private static Fixture.Ran generate(Object in, Path out, Object... more) {
    Object[] usual = {
      "generate",
      "--model",
      model,
      "--vocab",
      "byte",
      "--in",
      in,
      "--out",
      out,
      "--master",
      "local[2]",
      "--max-tokens",
      TOKENS,
      "--temperature",
      "0.9",
      "--seed",
      7,
      "--batch",
      3
    };
    Object[] all = new Object[usual.length + more.length];
    System.arraycopy(usual, 0, all, 0, usual.length);
    System.arraycopy(more, 0, all, usual.length, more.length);
    return Fixture.run(all);
  }

  @Test
  void writesWhatTheEngineWrites() throws Exception {
    Map<Integer, JsonNode> rows = Fixture.byId(first);
    assertThat(rows).hasSize(Fixture.ROWS);
    try (TextModel opened = Fixture.open(model)) {
      for (int i = 0; i < Fixture.ROWS; i++) {
        String json = "{\"id\":%d,\"prompt\":\"%s\"}".formatted(i, Fixture.prompt(i));
        StringBuilder text = new StringBuilder();
        Generation expected;
        try (ModelContext context = opened.newContext(CacheOptions.exact())) {
          expected =
              new Generator(context, opened.tokenizer())
                  .generate(
                      opened.tokenizer().encode(Fixture.prompt(i)),
                      new Sampler(
                          SamplingOptions.defaults()
                              .withTemperature(0.9)
                              .withSeed(Seeds.of(7, sha256(json))),
                          256),
                      GenerationOptions.upTo(TOKENS),
                      text::append,
                      () -> false);
        }
        JsonNode row = rows.get(i);
        assertThat(row.get("prompt").stringValue()).isEqualTo(Fixture.prompt(i));
        assertThat(row.get("generated").stringValue()).isEqualTo(text.toString());
        assertThat(row.get("prompt_tokens").intValue()).isEqualTo(expected.promptTokens());
        assertThat(row.get("generated_tokens").intValue()).isEqualTo(expected.tokens());
        assertThat(row.get("finish_reason").stringValue())
            .isEqualTo(expected.end() == Generation.End.LENGTH ? "length" : "stop");
      }
    }
    // The same prompt, but rows of their own.
    assertThat(rows.get(5).get("generated")).isNotEqualTo(rows.get(6).get("generated"));
  }

  private static String sha256(String text) throws Exception {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void partitionsSlicesAndBatchesChangeNothing() throws IOException {
    Path two = folder.resolve("two");
    Path five = folder.resolve("five");
    assertThat(generate(corpus, two, "--partitions", 2, "--slice-rows", 9).code()).isZero();
    assertThat(generate(corpus, five, "--partitions", 5, "--batch", 1).code()).isZero();
    assertThat(two).isDirectoryContaining("glob:**/slice=00002");
    assertThat(Fixture.byId(two)).isEqualTo(Fixture.byId(first));
    assertThat(Fixture.byId(five)).isEqualTo(Fixture.byId(first));
  }

  @Test
  void parquetInAndOutGivesTheSame() throws IOException {
    Path parquet = folder.resolve("parquet");
    assertThat(generate(corpus, parquet, "--format", "parquet", "--keep", "id,prompt").code())
        .isZero();
    // What came out has the prompts: it goes in again, without the results.
    Path again = folder.resolve("again");
    Fixture.Ran ran =
        generate(
            parquet.resolve("slice=00000"),
            again,
            "--keep",
            "id,prompt",
            "--id",
            "id",
            "--top-k",
            1);
    assertThat(ran.err()).isEmpty();
    Path greedy = folder.resolve("greedy");
    assertThat(
            generate(corpus, greedy, "--keep", "id,prompt", "--temperature", 0, "--id", "id").err())
        .isEmpty();
    assertThat(Fixture.byId(again)).isEqualTo(Fixture.byId(greedy)).hasSize(Fixture.ROWS);
  }

  @Test
  void badRowsBecomeErrors() throws IOException {
    Path in = folder.resolve("bad.jsonl");
    Files.writeString(
        in,
        """
        {"id": 1, "prompt": "good"}
        {"id": 2}
        {"id": 3, "prompt": null}
        {"id": 4, "prompt": ""}
        {"id": 5, "prompt": "much too long for this"}
        this is no JSON
        """);
    Path out = folder.resolve("bad");
    Fixture.Ran ran = generate(in, out, "--longest", 10, "--keep", "id");
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("rows: 6", "errors: 5");
    Map<String, String> errors = new TreeMap<>();
    for (JsonNode row : Fixture.rows(out)) {
      errors.put(String.valueOf(row.get("id")), String.valueOf(row.get("error")));
      assertThat(row.has("generated")).isEqualTo(!row.has("error"));
    }
    assertThat(errors)
        .containsEntry("1", "null")
        .containsEntry("2", "\"the field 'prompt' is missing or null\"")
        .containsEntry("3", "\"the field 'prompt' is missing or null\"")
        .containsEntry("4", "\"the prompt is empty\"")
        .containsEntry("5", "\"the text has 22 tokens; expected at most 10 (--longest)\"")
        .containsEntry("null", "\"the line is no JSON object\"");
  }

  @Test
  void badInputIsOneSentence() throws IOException {
    assertSentence(generate(folder.resolve("none"), folder.resolve("x")), "none: no such file");
    assertSentence(generate(corpus, first), "first: exists already; expected a new folder");
    assertSentence(
        generate(corpus, folder.resolve("x"), "--prompt-field", "question"),
        "no row has the field 'question'",
        "found id, prompt");
    assertSentence(
        generate(corpus, folder.resolve("x"), "--prompt-field", "id"), "'id' is of type bigint");
    assertSentence(generate(corpus, folder.resolve("x"), "--top-p", 3), "top-p");
    assertSentence(generate(corpus, folder.resolve("x"), "--partitions", 0), "--partitions is 0");
    assertSentence(generate(corpus, folder.resolve("x"), "--bogus"), "--bogus", "--help");
    assertSentence(
        generate(corpus, folder.resolve("x"), "--master", "nonsense"), "the master 'nonsense'");
    assertSentence(
        generate(corpus, first, "--resume", "--max-tokens", 3), "another job", "max_tokens");
    Path broken = Files.writeString(folder.resolve("broken.safetensors"), "no model");
    assertSentence(
        Fixture.run(
            "generate",
            "--model",
            broken,
            "--vocab",
            "byte",
            "--in",
            corpus,
            "--out",
            folder.resolve("x"),
            "--master",
            "local[2]"),
        "broken.safetensors");
    assertThat(folder.resolve("x")).doesNotExist();
  }

  private static void assertSentence(Fixture.Ran ran, String... parts) {
    assertThat(ran.err()).startsWith("rwkvx-spark: ").contains(parts).hasLineCount(1);
    assertThat(ran.code()).isEqualTo(2);
  }
}
