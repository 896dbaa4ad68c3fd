package dev.rwkvx.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizeCommandTest {
  @TempDir private Path folder;

  private Path world() throws IOException {
    return Files.writeString(
        folder.resolve("world.txt"),
        """
        1 'a' 1
        2 'ab' 2
        3 'b' 1
        7 'é' 2
        """);
  }

  @Test
  void printsIdsSeparatedBySpaces() throws IOException {
    assertThat(Rwkvx.run("tokenize", "--vocab", world(), "abaéb").out()).isEqualTo("2 1 7 3\n");
    assertThat(Rwkvx.run("tokenize", "--vocab", "byte", "Aé").out()).isEqualTo("65 195 169\n");
    assertThat(Rwkvx.run("tokenize", "--vocab", "bytes", "").out()).isEqualTo("\n");
  }

  @Test
  void decodesIdsHoweverTheyAreSeparated() throws IOException {
    Path world = world();
    assertThat(Rwkvx.run("tokenize", "--vocab", world, "--decode", "2", "1", "7").out())
        .isEqualTo("abaé\n");
    assertThat(Rwkvx.run("tokenize", "--vocab", world, "--decode", "2, 1", "7").out())
        .isEqualTo("abaé\n");
    assertThat(
            Rwkvx.runWithInput(
                    "2 1\n7\n".getBytes(UTF_8), "tokenize", "--vocab", world, "--decode", "-")
                .out())
        .isEqualTo("abaé\n");
  }

  @Test
  void anyBytesSurviveTheWayThereAndBack() {
    byte[] bytes = new byte[300_000];
    new Random(3).nextBytes(bytes);
    Rwkvx ids = Rwkvx.runWithInput(bytes, "tokenize", "--vocab", "byte", "-");
    Rwkvx text = Rwkvx.runWithInput(ids.outBytes(), "tokenize", "--vocab", "byte", "--decode", "-");
    assertThat(text.outBytes()).startsWith(bytes).hasSize(bytes.length + 1).endsWith('\n');
  }

  @Test
  void readsLinesOfTextAndWritesLinesOfTokens() throws IOException {
    Path lines =
        Files.writeString(
            folder.resolve("texts.jsonl"),
            """
            {"text": "ab\\u00e9", "id": 1}

            {"id": [{}], "text": ""}
            {"text":"b"}\
            """);
    String expected = "{\"tokens\":[2,7]}\n{\"tokens\":[]}\n{\"tokens\":[3]}\n";
    Rwkvx run = Rwkvx.run("tokenize", "--vocab", world(), "--jsonl", lines);
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).isEqualTo(expected);
    assertThat(
            Rwkvx.runWithInput(
                    Files.readAllBytes(lines), "tokenize", "--vocab", world(), "--jsonl", "-")
                .out())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"text": "ab"      | line 2: expected {"text": …}, but it is no JSON
          {"text": 5}        | line 2: expected {"text": …}, but it has no string "text"
          {"tekst": "ab"}    | line 2: expected {"text": …}, but it has no string "text"
          ["text"]           | line 2: expected {"text": …}, but it has no string "text"
          "text"             | line 2: expected {"text": …}, but it has no string "text"
          {"text": "a"} true | line 2: expected {"text": …}, but it is no JSON
          {"text": "ax"}     | line 2: The vocabulary 'world' has no token for the byte 0x78
          """,
      quoteCharacter = '`')
  void badLinesAreNamed(String line, String reason) throws IOException {
    Path lines = Files.writeString(folder.resolve("texts.jsonl"), "{\"text\":\"a\"}\n" + line);
    Rwkvx run = Rwkvx.run("tokenize", "--vocab", world(), "--jsonl", lines);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEqualTo("{\"tokens\":[1]}\n");
    assertThat(run.err()).startsWith("rwkvx tokenize: " + lines).contains(reason).hasLineCount(1);
  }

  @Test
  void deepLinesAndOtherBytesAreBadInput() throws IOException {
    Path deep = Files.writeString(folder.resolve("deep.jsonl"), "[".repeat(1_000_000));
    Path latin =
        Files.write(folder.resolve("latin.jsonl"), "{\"text\":\"é\"}".getBytes(ISO_8859_1));
    assertBad("is no JSON", "--vocab", "byte", "--jsonl", deep);
    assertBad("expected UTF-8 text", "--vocab", "byte", "--jsonl", latin);
  }

  @Test
  void badIdsTextsAndFilesAreBadInput() throws IOException {
    Path world = world();
    assertBad("'seven' is not a token id", "--vocab", world, "--decode", "seven");
    assertBad("'99999999999' is not a token id", "--vocab", world, "--decode", "99999999999");
    assertBad("id 8 ", "--vocab", world, "--decode", "1", "8");
    assertBad("id -1 ", "--vocab", world, "--decode", "--", "-1");
    assertBad("no token for the byte 0x78", "--vocab", world, "abx");
    assertBad("no-file.txt", "--vocab", folder.resolve("no-file.txt"), "a");
    assertBad("no-file.jsonl", "--vocab", "byte", "--jsonl", folder.resolve("no-file.jsonl"));
  }

  @Test
  void badCommandLinesAreBadInput() {
    assertBad("missing required option: '--vocab=FILE'", "a");
    assertBad("expected a text", "--vocab", "byte");
    assertBad("expected ids", "--vocab", "byte", "--decode");
    assertBad("expected one text, found 2", "--vocab", "byte", "a", "b");
    assertBad("--jsonl takes neither", "--vocab", "byte", "--jsonl", "x", "a");
  }

  private static void assertBad(String reason, Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = "tokenize";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    Rwkvx run = Rwkvx.run(all);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("rwkvx tokenize: ").contains(reason).hasLineCount(1);
  }
}
