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
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetBuilderTest {
  private static final int DOCUMENTS = 400;

  @TempDir private Path folder;

  private final Tokenizer bytes = new Tokenizer(Vocabulary.bytes());

  /** Documents 0, 1, 2, … as decimal numbers, with a blank one in between. */
  private Corpus numbers() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < DOCUMENTS; i++) {
      lines.append("{\"text\":\"").append(i).append("\"}\n");
    }
    lines.insert(lines.indexOf("\n") + 1, "{\"text\":\"\"}\n");
    Path file = Files.writeString(folder.resolve("numbers.jsonl"), lines);
    return Corpus.of(List.of(file), "text", null);
  }

  private DatasetBuilder.Result build(String name, DatasetOptions options) throws IOException {
    return new DatasetBuilder(numbers(), bytes, options, (step, done, total, tokens) -> {})
        .build(folder.resolve(name));
  }

  private List<Integer> read(String name) {
    try (TokenFile file = TokenFile.open(folder.resolve(name))) {
      List<Integer> documents = new ArrayList<>();
      for (long i = 0; i < file.documents(); i++) {
        int[] tokens = TokenFiles.document(file, i);
        assertThat(tokens[tokens.length - 1]).isZero();
        documents.add(
            Integer.parseInt(
                new String(bytes.decode(tokens), 0, tokens.length - 1, StandardCharsets.UTF_8)));
      }
      return documents;
    }
  }

  private static List<Integer> range(int end) {
    return IntStream.range(0, end).boxed().toList();
  }

  @Test
  void documentsKeepTheirOrder() throws IOException {
    DatasetBuilder.Result result = build("a", DatasetOptions.defaults());
    assertThat(result.empty()).isEqualTo(1);
    assertThat(result.holdout()).isNull();
    assertThat(read("a")).isEqualTo(range(DOCUMENTS));
  }

  @Test
  void readingStopsAtTheLimit() throws IOException {
    build("a", new DatasetOptions(false, 0, 1, 21, 0));
    // Ten documents of two tokens, and one of three.
    assertThat(read("a")).isEqualTo(range(11));
  }

  @Test
  void shuffledRepetitionsHaveEachDocumentInOrdersOfTheirOwn() throws IOException {
    build("a", new DatasetOptions(true, 7, 3, Long.MAX_VALUE, 0));
    List<Integer> all = read("a");
    assertThat(all).hasSize(3 * DOCUMENTS);
    List<List<Integer>> epochs =
        List.of(
            all.subList(0, DOCUMENTS),
            all.subList(DOCUMENTS, 2 * DOCUMENTS),
            all.subList(2 * DOCUMENTS, 3 * DOCUMENTS));
    assertThat(epochs).doesNotHaveDuplicates().doesNotContain(range(DOCUMENTS));
    for (List<Integer> epoch : epochs) {
      assertThat(epoch).containsExactlyInAnyOrderElementsOf(range(DOCUMENTS));
    }
    build("b", new DatasetOptions(true, 7, 3, Long.MAX_VALUE, 0));
    assertThat(folder.resolve("b.bin")).hasSameBinaryContentAs(folder.resolve("a.bin"));
    build("c", new DatasetOptions(true, 8, 3, Long.MAX_VALUE, 0));
    assertThat(read("c")).isNotEqualTo(all);
  }

  @Test
  void theOrderDoesNotDependOnTheMemory() throws IOException {
    DatasetOptions options = new DatasetOptions(true, 7, 2, Long.MAX_VALUE, 0.1);
    build("a", options);
    new DatasetBuilder(numbers(), bytes, options, (step, done, total, tokens) -> {}, 13)
        .build(folder.resolve("b"));
    assertThat(folder.resolve("b.bin")).hasSameBinaryContentAs(folder.resolve("a.bin"));
    assertThat(folder.resolve("b-holdout.bin"))
        .hasSameBinaryContentAs(folder.resolve("a-holdout.bin"));
  }

  @Test
  void heldOutDocumentsAreInNoOther() throws IOException {
    for (boolean shuffle : new boolean[] {false, true}) {
      DatasetBuilder.Result result =
          build("a", new DatasetOptions(shuffle, 3, 2, Long.MAX_VALUE, 0.05));
      assertThat(result.holdout()).isEqualTo(folder.resolve("a-holdout"));
      List<Integer> held = read("a-holdout");
      assertThat(held).hasSize(DOCUMENTS / 20).isSorted().doesNotHaveDuplicates();
      List<Integer> rest = read("a");
      assertThat(rest).hasSize(2 * (DOCUMENTS - held.size())).doesNotContainAnyElementsOf(held);
      assertThat(rest.stream().distinct()).hasSize(DOCUMENTS - held.size());
    }
  }

  @Test
  void nothingStaysOfAFailedBuild() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.jsonl"), "{\"text\":\"a\"}\n{\"text\":1}\n");
    Path zero = Files.writeString(folder.resolve("zero.jsonl"), "{\"text\":\"a\\u0000b\"}\n");
    Path none = Files.writeString(folder.resolve("none.jsonl"), "{\"text\":\"\"}\n");
    for (DatasetOptions options :
        List.of(DatasetOptions.defaults(), new DatasetOptions(true, 0, 1, Long.MAX_VALUE, 0.5))) {
      assertBad(bad, options, "bad.jsonl, line 2: ");
      assertBad(zero, options, "zero.jsonl, line 1: the byte 0");
      assertBad(none, options, "There is no text in ");
    }
    Path one = Files.writeString(folder.resolve("one.jsonl"), "{\"text\":\"a\"}\n");
    assertBad(one, new DatasetOptions(false, 0, 1, 9, 0.5), "one document only");
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder("bad.jsonl", "zero.jsonl", "none.jsonl", "one.jsonl");
  }

  private void assertBad(Path input, DatasetOptions options, String reason) throws IOException {
    Corpus corpus = Corpus.of(List.of(input), "text", null);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() ->
            new DatasetBuilder(corpus, bytes, options, (step, done, total, tokens) -> {})
                .build(folder.resolve("out")))
        .withMessageContaining(reason);
  }

  @Test
  void vocabulariesBeyond16BitsAreRefused() throws IOException {
    List<byte[]> tokens = new ArrayList<>();
    for (int i = 0; i < 65536; i++) {
      tokens.add(new byte[] {(byte) (i >> 8), (byte) i});
    }
    Tokenizer large = new Tokenizer(Vocabulary.of("large", tokens));
    Corpus corpus = numbers();
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(
            () -> new DatasetBuilder(corpus, large, DatasetOptions.defaults(), (s, d, t, n) -> {}))
        .withMessage(
            "The vocabulary 'large' has ids up to 65536; tokens are stored in 16 bits, up to"
                + " 65535");
  }

  @Test
  void statisticsCountWhatIsThere() throws IOException {
    TokenFiles.write(
        folder.resolve("a"),
        TokenType.UINT16,
        new int[] {1, 2, 3, 0},
        new int[] {0, 9, 0},
        new int[] {2, 2},
        new int[] {});
    Vocabulary vocabulary = Vocabulary.fromText("v", "rwkvx-vocabulary 1 3\na\nbcd\nee\n");
    try (TokenFile file = TokenFile.open(folder.resolve("a"))) {
      DatasetStatistics known = DatasetStatistics.of(file, vocabulary);
      assertThat(known.documents()).isEqualTo(4);
      assertThat(known.tokens()).isEqualTo(9);
      assertThat(known.lengths()).containsExactly(0, 0, 2, 3, 3, 4);
      assertThat(known.unended()).isEqualTo(2);
      assertThat(known.inside()).isEqualTo(1);
      assertThat(known.distinct()).isEqualTo(5);
      assertThat(known.highest()).isEqualTo(9);
      assertThat(known.bytes()).isEqualTo(12);
      assertThat(known.unknown()).isEqualTo(1);
      assertThat(DatasetStatistics.of(file, null).bytes()).isEqualTo(-1);
    }
  }
}
