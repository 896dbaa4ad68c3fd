package dev.rwkvx.training.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import dev.rwkvx.training.data.Corpus;
import dev.rwkvx.training.data.Span;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TaskGeneratorTest {
  private static final List<TaskKind> ALL = List.of(TaskKind.values());

  @TempDir private Path folder;

  private static TaskOptions options(List<TaskKind> kinds, int least, int most, long seed) {
    return new TaskOptions(kinds, new Range(least, most), new Range(2, 12), new Range(1, 6), seed);
  }

  private static TaskGenerator generator(List<TaskKind> kinds, int least, int most, long seed) {
    return new TaskGenerator(options(kinds, least, most, seed), new NoiseHaystack(), Measure.BYTES);
  }

  private static String part(TaskDocument document, int from, int to) {
    byte[] bytes = document.text().getBytes(StandardCharsets.UTF_8);
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  private static String answer(TaskDocument document, Span span) {
    return part(document, span.from(), span.to());
  }

  @ParameterizedTest
  @EnumSource(TaskKind.class)
  void answersAreWhereTheSpansSayAndFollowFromTheTextBefore(TaskKind kind) {
    TaskGenerator generator = generator(List.of(kind), 2_500, 5_000, 1);
    for (int i = 0; i < 40; i++) {
      TaskDocument document = generator.document(i);
      assertThat(document.kind()).isEqualTo(kind.label());
      assertThat(document.answers()).hasSizeBetween(1, kind == TaskKind.PASSKEY ? 1 : 6);
      for (Span span : document.answers()) {
        String answer = answer(document, span);
        assertThat(answer).matches(kind == TaskKind.RECALL ? "[A-Z][^\"{}]+[.!?]" : "[^\"{}.?!]+");
        // The line of the question does not give the answer, what stands above it does.
        String before = part(document, 0, span.from());
        int line = before.lastIndexOf('\n');
        for (String value : answer.split(kind == TaskKind.RECALL ? "$" : ", and | and |, ")) {
          assertThat(before.substring(0, line)).contains(value);
          assertThat(before.substring(line))
              .doesNotContainPattern("(?<!\\w)" + Pattern.quote(value));
        }
      }
      assertThat(document.text()).doesNotContainPattern("\\{[ANV]\\}");
    }
  }

  @Test
  void documentsWithoutAHaystackAreFactsAndQuestionsUpToTheLength() {
    TaskOptions many =
        new TaskOptions(
            List.of(TaskKind.NUMBERS),
            new Range(4_000, 4_000),
            new Range(16, 16),
            new Range(16, 16),
            3);
    TaskGenerator generator = new TaskGenerator(many, Haystack.NONE, Measure.BYTES);
    for (int i = 0; i < 20; i++) {
      TaskDocument document = generator.document(i);
      assertThat(document.answers()).hasSize(16);
      assertThat(document.text().length()).isBetween(600, 3_000);
    }
    TaskOptions crowded =
        new TaskOptions(
            List.of(TaskKind.NUMBERS), new Range(700, 700), new Range(2, 64), new Range(64, 64), 3);
    TaskGenerator few = new TaskGenerator(crowded, Haystack.NONE, Measure.BYTES);
    for (int i = 0; i < 20; i++) {
      assertThat(few.document(i).text().length()).isLessThanOrEqualTo(700);
    }
  }

  @Test
  void nothingThatEvaluationsUseIsInDocumentsToTrainOn() {
    TaskGenerator generator = generator(ALL, 900, 3_000, 6);
    Phrases heldOut = Phrases.of(Split.HELD_OUT);
    List<Pattern> sentences =
        Stream.of(heldOut.facts(), heldOut.questions(), heldOut.pairs())
            .flatMap(List::stream)
            .map(template -> Pattern.quote(template).replaceAll("\\{[ANV]}", "\\\\E.+\\\\Q"))
            .map(Pattern::compile)
            .toList();
    for (int i = 0; i < 100; i++) {
      String text = generator.document(i).text();
      assertThat(text)
          .doesNotContainIgnoringCase("pass key")
          .doesNotContainIgnoringCase("magic")
          .doesNotContain("The grass is green", "The sky is blue", "There and back again");
      heldOut.attributes().values().stream()
          .flatMap(List::stream)
          .forEach(attribute -> assertThat(text).doesNotContainPattern("\\b" + attribute + "\\b"));
      for (String line : text.split("\n")) {
        if (line.length() < 200) {
          sentences.forEach(sentence -> assertThat(line).doesNotMatch(sentence));
        }
      }
    }
    assertThat(IntStream.range(1, 50_000).filter(i -> Split.of(i) == Split.HELD_OUT).count())
        .isBetween(4_700L, 5_300L);
  }

  @ParameterizedTest
  @EnumSource(ValueKind.class)
  void namesAndValuesOfTheTwoSplitsHaveNothingInCommon(ValueKind kind) {
    Set<String> trained = new HashSet<>();
    Set<String> heldOut = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      SplittableRandom random = new SplittableRandom(i);
      trained.addAll(Names.draw(60, Split.TRAINING, random));
      heldOut.addAll(Names.draw(60, Split.HELD_OUT, random));
      Supplier<String> some = kind.draw(Split.TRAINING, random);
      Supplier<String> others = kind.draw(Split.HELD_OUT, random);
      for (int j = 0; j < 60; j++) {
        trained.add(some.get());
        heldOut.add(others.get());
      }
    }
    assertThat(trained).hasSizeGreaterThan(2_000).doesNotContainAnyElementsOf(heldOut);
    for (int seed = 0; seed < 4; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      assertThat(Names.draw(4_096, Split.HELD_OUT, random)).hasSize(4_096);
    }
    for (int seed = 0; seed < 40; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      assertThat(Names.draw(256, Split.HELD_OUT, random).stream().map(Split::plain))
          .hasSize(256)
          .doesNotHaveDuplicates();
    }
    assertThat(Split.of("the amber falcon"))
        .isEqualTo(Split.of("Amber-Falcon"))
        .isEqualTo(Split.of("amber falcon"));
  }

  @Test
  void someTextsOfNoiseAreFewSentencesOverAndOver() {
    int repeated = 0;
    for (int i = 0; i < 60; i++) {
      String text = new NoiseHaystack().text(new SplittableRandom(i), 3_000);
      assertThat(text.length()).isBetween(3_000, 3_800);
      String end = text.substring(text.length() - 60);
      repeated += text.indexOf(end) < text.length() - 60 ? 1 : 0;
    }
    assertThat(repeated).isBetween(10, 30);
  }

  @Test
  void chainsAreFollowedToTheirValue() {
    TaskGenerator generator = generator(List.of(TaskKind.CHAINS), 3_000, 3_000, 2);
    int followed = 0;
    for (int i = 0; i < 40; i++) {
      TaskDocument document = generator.document(i);
      for (Span span : document.answers()) {
        String value = answer(document, span);
        String before = part(document, 0, span.from());
        String question = before.substring(before.lastIndexOf('\n') + 1);
        String name = question.replaceFirst(".*?\\b([A-Z]{2}\\d)\\b.*", "$1");
        if (name.equals(question)) {
          continue;
        }
        while (name.matches("[A-Z]{2}\\d")) {
          String told =
              "(?s).*?(?:Let |The variable |We write |At first |Then |)\\b"
                  + name
                  + " (?:be the same as|be|is set to|has the value|is equal to|gets the value of"
                  + "|takes the value of|=|holds) (\\w+)\\..*";
          assertThat(before).matches(told);
          name = before.replaceFirst(told, "$1");
          followed++;
        }
        assertThat(name).isEqualTo(value);
      }
    }
    assertThat(followed).isGreaterThan(100);
  }

  @Test
  void lengthsAreWithinTheirBoundsInBytesAndTokens() throws IOException {
    List<byte[]> tokens = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      tokens.add(new byte[] {(byte) i});
    }
    for (String token : List.of(" the", "ing ", "é é", ". T", " secret number", "er", "12")) {
      tokens.add(token.getBytes(StandardCharsets.UTF_8));
    }
    Tokenizer tokenizer = new Tokenizer(Vocabulary.of("few", tokens));
    Path text =
        Files.writeString(
            folder.resolve("a.txt"), "Là où l'été é é est. Grüße the singing sea! ".repeat(200));
    Haystack haystack = TextHaystack.read(Corpus.of(List.of(text), "text", null));
    for (int most : new int[] {1_500, 6_000}) {
      TaskGenerator inBytes =
          new TaskGenerator(options(ALL, 1_400, most, 3), haystack, Measure.BYTES);
      TaskGenerator inTokens =
          new TaskGenerator(options(ALL, 1_400, most, 3), haystack, Measure.tokens(tokenizer));
      for (int i = 0; i < 30; i++) {
        byte[] bytes = inBytes.document(i).text().getBytes(StandardCharsets.UTF_8);
        assertThat(bytes.length).isBetween(1_400, most);
        int[] ids = tokenizer.encode(inTokens.document(i).text());
        assertThat(ids.length + 1).isBetween(1_400, most);
      }
    }
  }

  @Test
  void aDocumentDependsOnTheSeedAndItsNumberAlone() {
    TaskGenerator one = generator(ALL, 500, 2_000, 4);
    TaskGenerator two = generator(ALL, 500, 2_000, 4);
    TaskGenerator other = generator(ALL, 500, 2_000, 5);
    List<TaskDocument> forwards = IntStream.range(0, 30).mapToObj(one::document).toList();
    List<TaskDocument> backwards =
        IntStream.range(0, 30).mapToObj(i -> two.document(29 - i)).toList().reversed();
    assertThat(backwards).isEqualTo(forwards).doesNotHaveDuplicates();
    assertThat(IntStream.range(0, 30).mapToObj(other::document))
        .doesNotContainAnyElementsOf(forwards);
  }

  @Test
  void someQuestionsStandBetweenTheFacts() {
    TaskGenerator generator = generator(List.of(TaskKind.NUMBERS), 4_000, 4_000, 7);
    int between = 0;
    for (int i = 0; i < 200; i++) {
      TaskDocument document = generator.document(i);
      int end = document.text().length();
      assertThat(document.answers().getLast().to()).isBetween(end - 2, end);
      between += document.answers().getFirst().to() < end - 1_000 ? 1 : 0;
    }
    assertThat(between).isBetween(15, 80);
  }

  @Test
  void aShortDocumentHasFewerFactsAndATooShortOneIsRefused() {
    TaskOptions crowded =
        new TaskOptions(
            List.of(TaskKind.UUIDS), new Range(600, 600), new Range(1, 500), new Range(9, 9), 0);
    TaskGenerator generator = new TaskGenerator(crowded, new NoiseHaystack(), Measure.BYTES);
    for (int i = 0; i < 20; i++) {
      assertThat(generator.document(i).text().length()).isBetween(500, 600);
    }
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> generator(List.of(TaskKind.UUIDS), 50, 60, 0).document(0))
        .withMessageContaining("kind 'uuids' with 2 facts and no haystack has a length of");
  }

  @Test
  void impossibleOptionsAreRefused() {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> new Range(5, 4))
        .withMessageContaining("range is 5 to 4");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> new Range(0, 4))
        .withMessageContaining("range is 0 to 4");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> options(List.of(), 1, 2, 0))
        .withMessageContaining("no kinds");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> options(ALL, 1, 1 << 25, 0))
        .withMessageContaining("up to 33554432; expected at most");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(
            () -> new TaskOptions(ALL, new Range(1, 9), new Range(1, 5_000), new Range(1, 1), 0))
        .withMessageContaining("up to 5000; expected at most 1024");
  }

  @Test
  void theFileHasALineForEveryDocument() throws IOException {
    TaskGenerator generator = generator(ALL, 500, 900, 8);
    Path file = folder.resolve("tasks.jsonl");
    List<Long> heard = new ArrayList<>();
    TaskFile.write(file, generator::document, 12, (documents, _) -> heard.add(documents));
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(12);
    assertThat(heard).hasSize(12).endsWith(12L);
    for (int i = 0; i < lines.size(); i++) {
      JsonNode line = new JsonMapper().readTree(lines.get(i));
      TaskDocument document = generator.document(i);
      assertThat(line.get("text").stringValue()).isEqualTo(document.text());
      assertThat(line.get("kind").stringValue()).isEqualTo(document.kind());
      Span first = document.answers().getFirst();
      assertThat(line.get("answers").get(0).toString())
          .isEqualTo("[%d,%d]".formatted(first.from(), first.to()));
    }
  }
}
