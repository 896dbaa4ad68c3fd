package dev.rwkvx.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CorpusTest {
  @TempDir private Path folder;

  @Test
  void aTextFileIsADocumentAsItIs() throws IOException {
    Path file = write("a.txt", "\uFEFFone\r\n\ntwo\n");
    assertThat(texts(Corpus.of(List.of(file), "text", null))).containsExactly("one\r\n\ntwo\n");
  }

  @Test
  void textIsSplitAtBlankLinesOrASeparator() throws IOException {
    Path file = write("a.txt", "\uFEFF\n\none\r\ntwo\r\n \t\r\n\n\nthree\n---\nfour");
    assertThat(texts(Corpus.of(List.of(file), "text", "")))
        .containsExactly("one\r\ntwo", "three\n---\nfour");
    assertThat(texts(Corpus.of(List.of(file), "text", "---")))
        .containsExactly("one\r\ntwo\r\n \t\r\n\n\nthree", "four");
    assertThat(texts(Corpus.of(List.of(write("b.txt", "\n\n")), "text", ""))).isEmpty();
  }

  @Test
  void linesAndDocumentsLongerThanTheBuffersAreWhole() throws IOException {
    String line = "0123456789".repeat(20_000);
    Path file = write("a.txt", (line + "\n").repeat(3) + "\n" + line + "\n");
    assertThat(texts(Corpus.of(List.of(file), "text", "")))
        .containsExactly(line + "\n" + line + "\n" + line, line);
    Path json = write("a.jsonl", "{\"text\":\"" + line + "\"}\n{\"text\":\"b\"}");
    assertThat(texts(Corpus.of(List.of(json), "text", null))).containsExactly(line, "b");
  }

  @Test
  void jsonLinesHaveATextUnderTheFieldsName() throws IOException {
    Path file =
        write("a.jsonl", "\uFEFF{\"text\":\"é\\n\",\"t\":\"x\"}\n\n  \n{\"text\":\"\"}\r\n");
    assertThat(texts(Corpus.of(List.of(file), "text", null))).containsExactly("é\n", "");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> texts(Corpus.of(List.of(file), "t", null)))
        .withMessage(file + ", line 4: expected a string \"t\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"text\": 5}",
        "[]",
        "\"text\"",
        "{\"text\": \"a\"",
        "{\"text\":\"a\"} x",
        "nul"
      })
  void badJsonIsNamedByItsLine(String line) throws IOException {
    Path file = write("a.jsonl", "{\"text\":\"a\"}\n" + line + "\n{\"text\":\"b\"}\n");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> texts(Corpus.of(List.of(file), "text", null)))
        .withMessageStartingWith(file + ", line 2: expected ");
  }

  @Test
  void otherBytesThanUtf8InJsonAreRefused() throws IOException {
    Path file =
        Files.write(folder.resolve("a.jsonl"), new byte[] {'{', '"', (byte) 0xff, '"', ':', '}'});
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> texts(Corpus.of(List.of(file), "text", null)))
        .withMessageContaining("line 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"snappy.parquet", "zstd.parquet"})
  void parquetHasATextInEveryRowThatIsNotNull(String name) throws IOException {
    assertThat(texts(Corpus.of(List.of(resource(name)), "text", null)))
        .containsExactly("first text", "zweiter: äöü", "last\n\ntext");
  }

  @ParameterizedTest
  @CsvSource({
    "body, there is no column 'body'",
    "id, 'expected texts in the column ''id'', found INT64'",
    "tags.list.element, 'found lists'"
  })
  void parquetColumnsThatAreNoTextsAreRefused(String field, String reason) throws IOException {
    Path file = resource("zstd.parquet");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> texts(Corpus.of(List.of(file), field, null)))
        .withMessageStartingWith(file.toString())
        .withMessageContaining(reason);
  }

  @Test
  void damagedParquetIsBadInput() throws IOException {
    byte[] good = Files.readAllBytes(resource("snappy.parquet"));
    for (int length : new int[] {0, 3, 8, 100, good.length - 1}) {
      Path file = Files.write(folder.resolve("cut.parquet"), Arrays.copyOf(good, length));
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> texts(Corpus.of(List.of(file), "text", null)))
          .withMessageStartingWith(file.toString());
    }
  }

  @Test
  void foldersAreReadByNameWithTheFilesOfKnownKinds() throws IOException {
    Files.createDirectories(folder.resolve("corpus/sub"));
    write("corpus/b.txt", "b");
    write("corpus/a.jsonl", "{\"text\":\"a\"}");
    write("corpus/sub/c.TXT", "c");
    write("corpus/readme.md", "no");
    Corpus corpus = Corpus.of(List.of(folder.resolve("corpus")), "text", null);
    assertThat(texts(corpus)).containsExactly("a", "b", "c");
    assertThat(corpus.bytes()).isEqualTo(14);
  }

  @Test
  void inputsWithoutTextAreRefused() throws IOException {
    Path other = write("a.md", "x");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Corpus.of(List.of(other), "text", null))
        .withMessageContaining("expected a file that ends with .txt, .jsonl, .parquet");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Corpus.of(List.of(empty), "text", null))
        .withMessageContaining("no files in this folder");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Corpus.of(List.of(folder.resolve("none.txt")), "text", null))
        .withMessageContaining("no such file");
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Path resource(String name) throws IOException {
    try (InputStream in = CorpusTest.class.getResourceAsStream(name)) {
      return Files.write(folder.resolve(name), in.readAllBytes());
    }
  }

  private static List<String> texts(Corpus corpus) throws IOException {
    List<String> texts = new ArrayList<>();
    long read = 0;
    try (DocumentReader reader = corpus.open()) {
      for (Document next = reader.next(); next != null; next = reader.next()) {
        texts.add(new String(next.bytes(), next.from(), next.to() - next.from(), UTF_8));
        assertThat(next.read()).isBetween(read, corpus.bytes());
        read = next.read();
      }
    }
    return texts;
  }
}
