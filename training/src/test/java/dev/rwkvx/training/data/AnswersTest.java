package dev.rwkvx.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers on their way from JSON lines into weights files. */
class AnswersTest {
  @TempDir private Path folder;

  /** Tokens of one to five bytes, some of them inside of characters. */
  private final Vocabulary vocabulary = vocabulary();

  private static Vocabulary vocabulary() {
    List<byte[]> tokens = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      tokens.add(new byte[] {(byte) i});
    }
    for (String token : List.of("is ", " 12", "12", "34", "äö", "x = ", "of it")) {
      tokens.add(token.getBytes(StandardCharsets.UTF_8));
    }
    return Vocabulary.of("few", tokens);
  }

  private DatasetBuilder.Result build(String name, DatasetOptions options, String lines)
      throws IOException {
    Path file = Files.writeString(folder.resolve("in.jsonl"), lines);
    Corpus corpus = Corpus.of(List.of(file), "text", null);
    return new DatasetBuilder(corpus, new Tokenizer(vocabulary), options, (_, _, _, _) -> {}, 1_000)
        .build(folder.resolve(name));
  }

  /** The text of a document with its tokens of answers in brackets. */
  private List<String> marked(Path prefix) {
    List<String> texts = new ArrayList<>();
    try (TokenFile file = TokenFile.open(prefix)) {
      for (long i = 0; i < file.documents(); i++) {
        int[] tokens = TokenFiles.document(file, i);
        byte[] marks = new byte[tokens.length];
        file.answers(file.start(i), marks, 0, marks.length);
        StringBuilder text = new StringBuilder();
        for (int t = 0; t < tokens.length - 1; t++) {
          byte[] bytes = vocabulary.bytesOf(tokens[t]).orElseThrow();
          String token = new String(bytes, StandardCharsets.UTF_8);
          text.append(marks[t] == 1 ? "[" + token + "]" : token);
        }
        assertThat(marks[tokens.length - 1]).isZero();
        texts.add(text.toString());
      }
    }
    return texts;
  }

  @Test
  void tokensThatHoldAByteOfAnAnswerAreMarked() throws IOException {
    build(
        "a",
        DatasetOptions.defaults(),
        """
        {"text": "none"}
        {"text": "it is 1234, 34", "answers": [[6, 10], [13, 14]]}
        {"text": "äö is 12", "answers": [[2, 3]]}
        {"text": "12 34", "answers": []}
        {"text": "x = 12", "answers": [[0, 6]]}
        """);
    assertThat(marked(folder.resolve("a")))
        .containsExactly("none", "it is [12][34], [34]", "[äö] is 12", "12 34", "[x = ][12]");
    assertThat(folder.resolve("a.weights")).exists();
  }

  @Test
  void marksGoWithTheirDocumentsIntoAnyOrder() throws IOException {
    Random random = new Random(5);
    StringBuilder lines = new StringBuilder();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      String before = "z".repeat(random.nextInt(40));
      boolean has = random.nextInt(3) > 0;
      int at = before.length();
      String answers = has ? ",\"answers\":[[%d,%d]]".formatted(at, at + 1) : "";
      lines.append("{\"text\":\"%s!%d\"%s}\n".formatted(before, i, answers));
      expected.add(before + (has ? "[!]" : "!") + i);
    }
    DatasetBuilder.Result result =
        build("a", new DatasetOptions(true, 3, 2, Long.MAX_VALUE, 0.1), lines.toString());
    List<String> held = marked(Objects.requireNonNull(result.holdout()));
    List<String> trained = marked(folder.resolve("a"));
    assertThat(held).hasSize(30);
    assertThat(trained).hasSize(540);
    List<String> all = new ArrayList<>(held);
    all.addAll(held);
    all.addAll(trained);
    expected.addAll(List.copyOf(expected));
    assertThat(all).containsExactlyInAnyOrderElementsOf(expected);
    try (var left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "in.jsonl",
              "a.bin",
              "a.idx",
              "a.weights",
              "a-holdout.bin",
              "a-holdout.idx",
              "a-holdout.weights");
    }
  }

  @Test
  void aStreamWithoutAnswersHasNoWeightsAndRemovesOlderOnes() throws IOException {
    build("a", DatasetOptions.defaults(), "{\"text\": \"it\", \"answers\": [[0, 1]]}\n");
    assertThat(folder.resolve("a.weights")).exists();
    build("a", DatasetOptions.defaults(), "{\"text\": \"it\"}\n");
    assertThat(folder.resolve("a.weights")).doesNotExist();
    try (TokenFile file = TokenFile.open(folder.resolve("a"))) {
      assertThat(file.hasAnswers()).isFalse();
      float[] weights = new float[3];
      file.weigh(0, weights, 0, 3, 9);
      assertThat(weights).containsOnly(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7|expected \"answers\": [[from, to], …]",
        "[[1]]|found [1]",
        "[[1, 2.5]]|found [1,2.5]",
        "[[1, 99999999999]]|found [1,99999999999]",
        "[[2, 2]]|answer [2,2] is no span",
        "[[-1, 2]]|answer [-1,2] is no span",
        "[[2, 6]]|of its 5 bytes",
        "[[2, 4], [3, 5]]|behind byte 4"
      })
  void answersThatAreNoSpansAreRefused(String answers, String reason) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() ->
            build(
                "a",
                DatasetOptions.defaults(),
                "{\"text\":\"hälo\",\"answers\":%s}\n".formatted(answers)))
        .withMessageContaining("in.jsonl, line 1")
        .withMessageContaining(reason);
  }

  @Test
  void damagedWeightsAreRefused() throws IOException {
    build("a", DatasetOptions.defaults(), "{\"text\": \"now\", \"answers\": [[0, 1]]}\n");
    Path file = folder.resolve("a.weights");
    Files.write(file, new byte[] {1, 0, 2, 0});
    try (TokenFile stream = TokenFile.open(folder.resolve("a"))) {
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> stream.weigh(0, new float[4], 0, 4, 3))
          .withMessageContaining("a.weights is damaged: its bytes 0 to 3");
    }
    Files.write(file, new byte[3]);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> TokenFile.open(folder.resolve("a")))
        .withMessageContaining("has 3 bytes; expected one for each of the 4 tokens");
  }
}
