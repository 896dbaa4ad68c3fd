package dev.rwkvx.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vocabularies of Hugging Face repositories say the same as those of the World format. */
class TokenizerJsonTest {
  private static final Path FILE = Path.of("tokenizer.json");

  @TempDir private Path folder;

  /** Every byte under its value + 1, then some longer tokens, in the published form. */
  static String json(String... longer) {
    StringBuilder vocabulary = new StringBuilder("\"<|endoftext|>\": 0");
    int next = 0x100;
    for (int value = 0; value < 256; value++) {
      boolean visible = (value >= '!' && value <= '~') || (value >= 0xa1 && value != 0xad);
      String character = Character.toString(visible ? value : next++);
      String escaped = character.replace("\\", "\\\\").replace("\"", "\\\"");
      vocabulary.append(", \"").append(escaped).append("\": ").append(value + 1);
    }
    int id = 257;
    for (String token : longer) {
      vocabulary.append(", \"").append(token).append("\": ").append(id++);
    }
    vocabulary.append(", \"\\ue000").append(id).append("\\ue001\": ").append(id);
    return """
    {"version": "1.0", "truncation": null,
     "added_tokens": [{"id": 0, "content": "<|endoftext|>", "special": true}],
     "normalizer": null,
     "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false},
     "decoder": {"type": "ByteLevel"},
     "model": {"type": "WordPiece", "continuing_subword_prefix": "", "vocab": {%s}}}
    """
        .formatted(vocabulary);
  }

  @Test
  void tokensAreTheBytesThatTheirCharactersStandFor() {
    Vocabulary vocabulary = load(json("ab", "Ġa", "æĹ¥"));
    Vocabulary expected = Vocabularies.small("ab", " a", "日");
    assertThat(vocabulary.size()).isEqualTo(expected.size() + 1);
    for (int id = 0; id < expected.size(); id++) {
      assertThat(vocabulary.decode(id)).as("id %d", id).isEqualTo(expected.decode(id));
    }
    assertThat(vocabulary.isToken(expected.size())).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"WordPiece\"                     | \"BPE\"      | its model.type is 'BPE', not"
            + " 'WordPiece'",
        "prefix\": \"\"                    | prefix\": \"##\" | continuing_subword_prefix is '##'",
        "\"use_regex\": false              | \"use_regex\": true | pre_tokenizer.use_regex is"
            + " 'true'",
        "\"normalizer\": null              | \"normalizer\": {} | its normalizer is '{…}', not"
            + " 'none'",
        "\"ab\": 257                       | \"ab\": 1     | gives the token 'ab' the id 1;"
            + " expected",
        "\"ab\": 257                       | \"ab\": 1048576 | the id 1048576; expected each id"
            + " once",
        "\"id\": 0                         | \"id\": \"x\" | has an added token without an id",
        "\"normalizer\": null              | \"model\": 1  | its JSON is damaged at byte",
      })
  void otherFilesAreRefused(String text, String instead, String sentence) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> load(json("ab").replace(text, instead)))
        .withMessageStartingWith("tokenizer.json: ")
        .withMessageContaining(sentence);
  }

  @Test
  void aTokenUnderIdZeroIsForTheBytesAlone() {
    String bytes =
        json().replaceAll(", \"\\\\ue000.*?\": 257", "").replace("\"id\": 0", "\"id\": 300");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> load(bytes.replace("\"<|endoftext|>\": 0", "\"a\": 0")))
        .withMessage("tokenizer.json: has a token under id 0; expected the end of a document");
    assertThat(
            Vocabulary.load(SharedFiles.path("golden/hf-transformers/tiny-rwkv7/tokenizer.json")))
        .extracting(Vocabulary::fingerprint)
        .isEqualTo(Vocabulary.bytes().fingerprint());
    assertThat(
            Vocabulary.load(SharedFiles.path("golden/hf-fla/tiny-rwkv7/rwkv_vocab_v20230424.txt")))
        .extracting(Vocabulary::fingerprint)
        .isEqualTo(Vocabulary.bytes().fingerprint());
  }

  @Test
  void readsThePublishedForm() throws IOException {
    Path golden = SharedFiles.path("golden/hf-transformers/world-2000");
    Tokenizer tokenizer = new Tokenizer(Vocabulary.load(golden.resolve("tokenizer.json")));
    Pattern form =
        Pattern.compile("\"text\": \"((?:[^\"\\\\]|\\\\.)*)\",\\s*\"ids\": \\[([^\\]]*)\\]");
    int cases = 0;
    for (MatchResult found :
        form.matcher(Files.readString(golden.resolve("cases.json"))).results().toList()) {
      String text = unescape(found.group(1));
      int[] ids =
          Arrays.stream(found.group(2).strip().split(",\\s*"))
              .filter(word -> !word.isEmpty())
              .mapToInt(Integer::parseInt)
              .toArray();
      // Elsewhere this text ends the document; here texts hold no control tokens.
      if (!text.contains("<|endoftext|>")) {
        assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
        assertThat(tokenizer.decodeToString(ids)).isEqualTo(text);
        cases++;
      }
    }
    assertThat(cases).isEqualTo(12);
  }

  @Test
  void aListOfLiteralsCountsItsLinesFromZero() throws IOException {
    Path file = Files.writeString(folder.resolve("vocab.txt"), "b'<s>'\nb'\\x00'\nb\"'a\"\n");
    Vocabulary vocabulary = Vocabulary.load(file);
    assertThat(vocabulary.size()).isEqualTo(3);
    assertThat(vocabulary.bytesOf(0)).isEmpty();
    assertThat(vocabulary.bytesOf(2)).hasValue("'a".getBytes(UTF_8));
  }

  @Test
  void theBytesAreWrittenInTheWorldFormatFromZero() throws IOException {
    Path file = folder.resolve("bytes.txt");
    Files.writeString(file, Vocabulary.bytes().toWorldText());
    assertThat(Vocabulary.load(file).fingerprint()).isEqualTo(Vocabulary.bytes().fingerprint());
  }

  private static Vocabulary load(String json) {
    return Vocabulary.load(FILE, json.getBytes(UTF_8));
  }

  private static String unescape(String json) {
    return Pattern.compile("\\\\(u[0-9a-f]{4}|.)")
        .matcher(json)
        .replaceAll(escape ->
            Matcher.quoteReplacement(
                switch (escape.group(1).charAt(0)) {
                  case 'n' -> "\n";
                  case 't' -> "\t";
                  case 'r' -> "\r";
                  case 'u' ->
                      String.valueOf((char) Integer.parseInt(escape.group(1).substring(1), 16));
                  default -> escape.group(1);
                }));
  }
}
