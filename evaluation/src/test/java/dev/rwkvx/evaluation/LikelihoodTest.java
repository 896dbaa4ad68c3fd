package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.Lambada.Passage;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Last words and multiple choice. */
class LikelihoodTest {
  private static final double SURE = 256 * Math.exp(-20);

  @TempDir private Path folder;

  private Path file(String... lines) throws IOException {
    return Files.writeString(folder.resolve("data.jsonl"), String.join("\n", lines) + "\n");
  }

  @Test
  void aPassageIsCutBeforeItsLastWord() throws IOException {
    Path file =
        file(
            "{\"text\": \"I see\\nthe sea\"}",
            "",
            "{\"text\": \"two  words. \\n\"}",
            "{\"text\": \"x é\"}");
    assertThat(Passage.read(file, 9))
        .containsExactly(
            new Passage("I see\nthe", " sea"),
            new Passage("two", "  words."),
            new Passage("x", " é"));
    assertThat(Passage.read(file, 1)).hasSize(1);
  }

  @Test
  void wordsAreRightWhenAllOfTheirTokensAre() {
    List<Passage> passages =
        List.of(new Passage("a", " bc"), new Passage("d", " e"), new Passage("f", " gh"));
    Scripted reader =
        new Scripted(prompt ->
            switch (Models.BYTES.decodeToString(prompt.tokens())) {
              case "a" -> " bc";
              case "d" -> " x";
              default -> " gx";
            });
    Report report =
        new Lambada(reader, Models.BYTES, passages)
            .run(Journal.inMemory(), EvaluationListener.NONE);
    assertThat((double) report.summary().get("accuracy")).isEqualTo(1 / 3.0);
    // Two tokens were thought impossible, by 20 nats each.
    double perplexity = (double) report.summary().get("perplexity");
    assertThat(Math.log(perplexity)).isCloseTo(40 / 3.0, within(4 * SURE));
    assertThat(report.table().rows().get(2)).startsWith("3", "gh", "0");
  }

  @Test
  void theModelDecidesAndTheOrderDoesNot() throws IOException {
    try (RwkvX model = Models.hybrid()) {
      Subject subject = Models.subject(model);
      List<Passage> passages =
          List.of(
              new Passage("The grass is green. The sky is", " blue"),
              new Passage("The grass is green. The", " sun"),
              new Passage("Here", " we"));
      double expected = 0;
      for (Passage passage : passages) {
        int[] tokens = Models.BYTES.encode(passage.context() + passage.word());
        double[] sum = {0};
        int first = passage.context().length();
        new LossReader(subject, EvaluationListener.NONE, 0)
            .read(tokens, 0, tokens.length, (i, loss) -> sum[0] += i >= first ? loss : 0);
        expected += sum[0];
      }
      for (int batch : new int[] {1, 2}) {
        Report report =
            new Lambada(subject.reader(batch), Models.BYTES, passages)
                .run(Journal.inMemory(), EvaluationListener.NONE);
        assertThat(Math.log((double) report.summary().get("perplexity")))
            .isCloseTo(expected / 3, within(1e-9));
      }
    }
  }

  @Test
  void documentsBeginBehindTokenZeroWhereThatEndsThem() {
    Tokenizer letters =
        new Tokenizer(
            Vocabulary.of(
                "letters", IntStream.range(0, 256).mapToObj(i -> new byte[] {(byte) i}).toList()));
    assertThat(Texts.fromStart("A".getBytes(StandardCharsets.UTF_8), letters))
        .containsExactly(0, 'A' + 1);
    assertThat(Texts.fromStart("A".getBytes(StandardCharsets.UTF_8), Models.BYTES))
        .containsExactly('A');
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Texts.fromStart(new byte[0], Models.BYTES));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"query": "Q", "choices": ["a", "b"], "gold": 1}
          {"ctx": "Q", "endings": ["a", "b"], "label": "1"}
          {"question": "Q", "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "answerKey": "B"}
          {"question": "Q", "choices": {"text": ["a", "b"], "label": ["1", "2"]}, "answerKey": "2"}
          {"context": "Q", "options": ["a", "b"], "answer": "b"}
          {"prompt": "Q", "options": ["a", "b"], "answer_idx": "B"}
          """)
  void commonNamesOfFieldsAreKnown(String line) throws IOException {
    assertThat(ChoiceQuestion.read(file(line), 5))
        .containsExactly(new ChoiceQuestion("Q", List.of("a", "b"), 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ``                                              | is empty; expected lines
          {"choices": ["a", "b"], "gold": 1}              | expected a string "query" or "ctx"
          {"query": "Q", "choices": ["a"], "gold": 0}     | expected a list of two texts or more
          {"query": "Q", "choices": "ab", "gold": 0}      | expected a list of two texts or more
          {"query": "Q", "choices": ["a", ""], "gold": 0} | expected some text in every choice
          {"query": "Q", "choices": ["a", 1], "gold": 0}  | expected a string in the list of choices
          {"query": "Q", "choices": ["a", "b"]}           | expected the right choice, "gold" or
          {"query": "Q", "choices": ["a", "b"], "gold": 2}| the right choice is '2'; expected an index
          {"query": "Q", "choices": ["a", "b"], "gold": -1}| the right choice is '-1'
          """)
  void otherLinesAreRefused(String line, String message) throws IOException {
    Path file = file(line);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> ChoiceQuestion.read(file, 5))
        .withMessageContaining("data.jsonl")
        .withMessageContaining(message);
  }

  @Test
  void theNormalisedChoiceIsThatWithTheMostPerByte() {
    List<ChoiceQuestion> questions =
        List.of(
            // Every wrong token costs 20 nats: there are four in " f g" and two in "cd".
            new ChoiceQuestion("x", List.of("ab e f g", "cd"), 0),
            new ChoiceQuestion("y", List.of("ab", "cd"), 1),
            new ChoiceQuestion("z ", List.of("cd", "ab"), 0));
    Scripted reader =
        new Scripted(
            prompt -> Models.BYTES.decodeToString(prompt.tokens()).equals("z ") ? "cd" : " ab e");
    Choice choice = new Choice(reader, Models.BYTES, questions);
    Report report = choice.run(Journal.inMemory(), EvaluationListener.NONE);
    assertThat(report.summary())
        .containsAllEntriesOf(Map.of("questions", 3, "acc", 1 / 3.0, "acc_norm", 2 / 3.0));
    assertThat(report.table().rows())
        .containsExactly(
            List.of("1", "1", "2", "1"), List.of("2", "2", "1", "1"), List.of("3", "1", "1", "1"));
    assertThat(questions.get(0).continuation(1)).isEqualTo(" cd");
    assertThat(questions.get(2).continuation(1)).isEqualTo("ab");
  }
}
