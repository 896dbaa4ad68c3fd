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
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SftSamplesTest {
  private static final String TWO_TURNS =
      """
      {"system":"Be\\n\\n\\nkind.","conversations":[{"from":"user","value":" Hi "},\
      {"from":"assistant","value":"Hello\\r\\n \\r\\nyou"},{"from":"user","value":"Bye"},\
      {"from":"assistant","value":"Bye!"}]}
      """;
  private static final String SHORT =
      """
      {"conversations":[{"from":"user","value":"x"},{"from":"assistant","value":"yz"}]}
      """;

  @TempDir private Path folder;

  private final Tokenizer bytes = new Tokenizer(Vocabulary.bytes());

  private SftSamples samples(String lines, int context) throws IOException {
    Path file = Files.writeString(folder.resolve("sft.jsonl"), lines);
    return new SftSamples(List.of(file), bytes, context, 0);
  }

  /** The text of a sample without padding, and its counted part with all else as dots. */
  private static List<String> shown(Samples samples, long sample) {
    int[] tokens = new int[samples.context() + 1];
    float[] counted = new float[samples.context()];
    samples.read(sample, tokens, counted);
    StringBuilder text = new StringBuilder();
    StringBuilder mask = new StringBuilder();
    for (int i = 0; i < tokens.length; i++) {
      text.append((char) tokens[i]);
      mask.append(i > 0 && counted[i - 1] > 0 ? (char) tokens[i] : '.');
    }
    return List.of(text.toString().replaceAll("\0+$", ""), mask.toString().replaceAll("\\.+$", ""));
  }

  @Test
  void onlyTheAssistantCountsWithoutItsHeadingButWithItsBlankLine() throws IOException {
    SftSamples samples = samples(TWO_TURNS, 120);
    String text =
        "System: Be\nkind.\n\nUser: Hi\n\nAssistant: Hello\nyou\n\nUser: Bye\n\nAssistant:"
            + " Bye!\n\n";
    assertThat(shown(samples, 0))
        .containsExactly(
            text,
            ".".repeat("System: Be\nkind.\n\nUser: Hi\n\nAssistant:".length())
                + " Hello\nyou\n\n"
                + ".".repeat("User: Bye\n\nAssistant:".length())
                + " Bye!\n\n");
  }

  @Test
  void completionsCountWithTheEndOfTheirDocument() throws IOException {
    SftSamples samples = samples("{\"prompt\": \"12=\", \"completion\": \"21\"}\n".repeat(2), 12);
    assertThat(shown(samples, 0)).containsExactly("12=21\00012=21", "...21\000...21\000");
  }

  @Test
  void shortConversationsShareASample() throws IOException {
    SftSamples samples = samples(SHORT + SHORT + "\n" + SHORT, 60);
    assertThat(samples.conversations()).isEqualTo(3);
    assertThat(samples.size()).isEqualTo(2);
    String text = "User: x\n\nAssistant: yz\n\n";
    String mask = ".".repeat(20) + "yz\n\n";
    mask = mask.substring(0, 19) + " " + mask.substring(20);
    List<String> both = List.of(text + "\0" + text, mask + "." + mask);
    List<String> one = List.of(text, mask);
    assertThat(List.of(shown(samples, 0), shown(samples, 1))).containsExactlyInAnyOrder(both, one);
  }

  @Test
  void longConversationsLoseTheirEndOrAreLeftOut() throws IOException {
    // Up to the heading of the first answer there are 38 bytes.
    SftSamples cut = samples(TWO_TURNS, 40);
    assertThat(cut.truncated()).isEqualTo(1);
    assertThat(shown(cut, 0).get(1)).isEqualTo(".".repeat(38) + " He");
    SftSamples dropped = samples(TWO_TURNS + SHORT, 37);
    assertThat(dropped.truncated()).isEqualTo(1);
    assertThat(dropped.dropped()).isEqualTo(1);
    assertThat(dropped.conversations()).isEqualTo(1);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> samples(TWO_TURNS, 37))
        .withMessageContaining("no conversation in which the assistant speaks within 37 tokens");
  }

  @Test
  void worldToken261EndsATurnAndCounts() throws IOException {
    Path vocabulary = world();
    Tokenizer world = new Tokenizer(Vocabulary.world(vocabulary));
    Path file = Files.writeString(folder.resolve("sft.jsonl"), SHORT);
    Samples samples = new SftSamples(List.of(file), world, 20, 0);
    int[] tokens = new int[21];
    float[] counted = new float[20];
    samples.read(0, tokens, counted);
    int last = 0;
    while (tokens[last] != 0) {
      last++;
    }
    assertThat(tokens[last - 1]).isEqualTo(261);
    assertThat(counted[last - 2]).isEqualTo(1);
    assertThat(counted[last - 1]).isZero();
    byte[] text = world.decode(Arrays.copyOf(tokens, last));
    assertThat(new String(text, StandardCharsets.UTF_8)).isEqualTo("User: x\n\nAssistant: yz\n\n");
  }

  private static Path world() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path file = at.resolveSibling("shared/vocab/rwkv_vocab_v20230424.txt");
      if (Files.exists(file)) {
        return file;
      }
    }
    Assumptions.abort("shared/vocab/rwkv_vocab_v20230424.txt is not beside the repository");
    return Objects.requireNonNull(null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {                                                          | expected a JSON object, but
          {"system": "x"}                                            | a list "conversations"
          {"conversations": {}}                                      | a list "conversations"
          {"conversations": []}                                      | a turn of the assistant
          {"conversations": [{"from":"user","value":"x"}]}           | a turn of the assistant
          {"conversations": [5]}                                     | a string "from" in every turn
          {"conversations": [{"from":"user"}]}                       | a string "value" in every turn
          {"conversations": [{"from":"human","value":"x"}]}          | found: human
          {"conversations": [{"from":"assistant","value":" \\n"}]}   | a blank "value"
          {"system": 5, "conversations": []}                         | a string "system"
          {"prompt": "x"}                                            | a string "completion"
          {"prompt": 5, "completion": "x"}                           | a string "prompt"
          """)
  void malformedLinesAreNamed(String line, String reason) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> samples(SHORT + "\n" + line + "\n", 100))
        .withMessageStartingWith(folder.resolve("sft.jsonl") + ", line 3: ")
        .withMessageContaining(reason);
  }
}
