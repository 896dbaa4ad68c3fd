package dev.rwkvx.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.SharedFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorldFormatTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'a'                 | 61",
        "' '                 | 20",
        "\"it's\"            | 69742773",
        "'\"'                | 22",
        "'\\''               | 27",
        "'\\\\n'             | 5c6e",
        "'\\n\\t\\r'         | 0a090d",
        "'\\a\\b\\f\\v'      | 07080c0b",
        "'\\x80'             | c280",
        "b'\\x80\\xFf'       | 80ff",
        "b\"'\"              | 27",
        "'é'                 | c3a9",
        "'\\u00e9'           | c3a9",
        "'\\U0001F600'       | f09f9880",
        "'😀'                | f09f9880",
        "'\\N{EURO SIGN}'    | e282ac",
        "'\\0\\101\\1012'    | 00414132",
        "b'\\377'            | ff",
        "'\\377'             | c3bf",
        "'a b  c'            | 6120622020 63"
      })
  void readsEveryKindOfLiteral(String literal, String hexadecimal) {
    String expected = hexadecimal.replace(" ", "");
    Vocabulary vocabulary =
        Vocabularies.world("1 " + literal + " " + expected.length() / 2 + "\r\n");
    assertThat(vocabulary.bytesOf(1).orElseThrow()).asHexString().isEqualToIgnoringCase(expected);
  }

  @Test
  void leavesGapsWhereTheFileDoes() {
    Vocabulary vocabulary = Vocabularies.world("300 'b' 1\n2 'a' 1");
    assertThat(vocabulary.size()).isEqualTo(301);
    assertThat(vocabulary.bytesOf(2)).hasValue("a".getBytes(UTF_8));
    assertThat(vocabulary.bytesOf(300)).hasValue("b".getBytes(UTF_8));
    assertThat(vocabulary.bytesOf(0)).isEmpty();
    assertThat(vocabulary.bytesOf(299)).isEmpty();
    assertThat(vocabulary.bytesOf(-1)).isEmpty();
    assertThat(vocabulary.bytesOf(301)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "1",
        "1 'a'",
        "x 'a' 1",
        "1 'a' x",
        "1 'a' 2",
        "1 '' 0",
        "0 'a' 1",
        "-1 'a' 1",
        "1048576 'a' 1",
        "99999999999 'a' 1",
        "1 a 1",
        "1 'a 1",
        "1 ' 1",
        "1 '\\' 1",
        "1 'a'b' 3",
        "1 'a\" 1",
        "1 '\\q' 2",
        "1 '\\x8' 1",
        "1 '\\u12' 1",
        "1 '\\ud800' 3",
        "1 '\\U00110000' 4",
        "1 '\\Uffffffff' 4",
        "1 '\\N{NO SUCH NAME}' 1",
        "1 '\\N{EURO SIGN' 1",
        "1 '\\N' 1",
        "1 b'é' 2",
        "1 b'\\u00e9' 2",
        "1 b'\\400' 1",
        "1 b 1",
        "1 'a' 1\n1 'b' 1",
        "1 'a' 1\n\n2 'b' 1",
      })
  void refusesWhatIsNoVocabulary(String text) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Vocabularies.world(text))
        .withMessageStartingWith("test.txt")
        .withMessageContaining("found");
  }

  @Test
  void errorsNameTheLineAndShowIt() {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Vocabularies.world("1 'a' 1\n2 'bc' 3\n"))
        .withMessage(
            "test.txt, line 2: expected a token of the declared length, not of 2, found: 2 'bc' 3");
  }

  @Test
  void readsThePublishedVocabulary() {
    Vocabulary world = Vocabulary.load(SharedFiles.path("vocab/rwkv_vocab_v20230424.txt"));
    assertThat(world.name()).isEqualTo("rwkv_vocab_v20230424");
    assertThat(world.size()).isEqualTo(65530);
    assertThat(world.bytesOf(0)).isEmpty();
    assertThat(world.bytesOf(256)).hasValue(new byte[] {(byte) 0xff});
    assertThat(world.bytesOf(261)).hasValue("\n\n".getBytes(UTF_8));
    assertThat(world.bytesOf(65529)).hasValue(" ".repeat(128).getBytes(UTF_8));
  }
}
