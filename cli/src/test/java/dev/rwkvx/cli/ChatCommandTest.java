package dev.rwkvx.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatCommandTest {
  @TempDir private static Path folder;
  private static Path model;

  @BeforeAll
  static void writeModel() {
    model = RandomModels.write(folder.resolve("bytes.safetensors"), 256, "");
  }

  @Test
  void answersEveryMessage() {
    String answer = "Assistant:" + "A".repeat(5) + " (cut: --max-tokens)\n\n";
    assertThat(chat("hi\n\nyou\n", "--logit-bias", "65=1000").out()).isEqualTo(answer + answer);
    assertThat(chat("hi\n/quit\nyou\n", "--logit-bias", "65=1000").out()).isEqualTo(answer);
    assertThat(chat("hi\n", "--logit-bias", "10=1000").out()).isEqualTo("Assistant:\n\n");
    assertThat(chat("hi\n", "--logit-bias", "0=1000").out()).isEqualTo("Assistant:\n\n");
  }

  @Test
  void showsThoughtsFromTheirBeginning() {
    assertThat(chat("hi\n", "--think", "short", "--logit-bias", "62=1000").out())
        .isEqualTo("Assistant: <think>>>>> (cut: --max-tokens)\n\n");
  }

  @Test
  void whatIsNoTextIsNotSentToTheTerminal() {
    assertThat(chat("hi\n", "--logit-bias", "27=1000").out())
        .isEqualTo("Assistant:" + "\uFFFD".repeat(5) + " (cut: --max-tokens)\n\n");
  }

  @Test
  void resetForgetsAllButTheSystemTurn() {
    String first = chat("hi\n").out();
    assertThat(chat("you\n/reset\nhi\n").out()).endsWith("(forgotten)\n" + first);
    assertThat(chat("you\nhi\n").out()).doesNotEndWith(first);
    String kind = chat("hi\n", "--system", "Be kind.").out();
    assertThat(kind).isNotEqualTo(first);
    assertThat(chat("you\n/system Be kind.\nhi\n").out()).endsWith("(System turn read)\n" + kind);
    assertThat(chat("you\n/reset\nhi\n", "--system", "Be kind.").out()).endsWith(kind);
    assertThat(chat("/system\nhi\n", "--system", "Be kind.").out())
        .isEqualTo("(no System turn)\n" + first);
  }

  @Test
  void aSavedConversationGoesOn() {
    Path file = folder.resolve("state with space.safetensors");
    String whole = chat("one\n/save " + file + "\ntwo\n").out();
    String second = whole.substring(whole.indexOf(")\n", whole.indexOf("(saved,")) + 2);
    assertThat(second).startsWith("Assistant:");
    assertThat(Files.exists(file)).isTrue();
    assertThat(chat("other\n/load " + file + "\ntwo\n").out())
        .contains(" tokens)\n")
        .endsWith(second);
  }

  @Test
  void aConversationGoesOnInAnotherProcess() {
    Path file = folder.resolve("chat.safetensors");
    for (String policy : List.of("exact", "bounded", "spill")) {
      String whole = chat("one\ntwo\n", "--kv-cache", policy).out();
      String first = chat("one\n", "--kv-cache", policy, "--save-state", file).out();
      String second = chat("two\n", "--kv-cache", policy, "--load-state", file).out();
      assertThat(first + second).isEqualTo(whole);
      assertThat(chat("x\n/reset\none\n", "--kv-cache", policy).out()).endsWith(first);
    }
    assertThat(chat("two\n", "--load-state", file, "--system", "Be kind.").err())
        .contains("--system", "--load-state");
  }

  @Test
  void mistakesAreToldAndTheConversationGoesOn() {
    Rwkvx run =
        chat(
            "/load /no/such/file\n/save\n/bogus\n/load "
                + model
                + "\n/save /no/such/folder/file\n/help\nhi\n");
    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    List<String> lines = run.out().lines().toList();
    assertThat(lines.get(0)).contains("/no/such/file").doesNotContain("Exception");
    assertThat(lines.get(1)).isEqualTo("(/save needs the name of a file)");
    assertThat(lines.get(2)).isEqualTo("(There is no command /bogus; /help lists them)");
    assertThat(lines.get(3)).contains("bytes.safetensors");
    assertThat(lines.get(4)).contains("/no/such/folder");
    assertThat(lines.get(5)).startsWith("/reset ");
    assertThat(run.out()).endsWith(chat("hi\n").out());
  }

  @Test
  void refusesWhatCannotWork() {
    assertThat(chat("hi\n", "--think", "maybe").exitCode()).isEqualTo(2);
    assertThat(chat("hi\n", "--top-p", 2).err())
        .isEqualTo("rwkvx chat: top-p must lie in (0, 1], found 2.0\n");
    assertThat(chat("hi\n", "a message").exitCode()).isEqualTo(2);
  }

  /** Greedy, so that the same conversation gives the same answers. */
  private static Rwkvx chat(String input, Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("chat", "--model", model, "--temperature", 0));
    all.addAll(List.of("--max-tokens", 5));
    all.addAll(List.of(arguments));
    return Rwkvx.runWithInput(input.getBytes(UTF_8), all.toArray());
  }
}
