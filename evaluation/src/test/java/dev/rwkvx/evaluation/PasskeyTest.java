package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.InputException;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.training.tasks.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PasskeyTest {
  private static final Pattern PROMPT =
      Pattern.compile(
          "There is an important info hidden inside a lot of irrelevant text\\. Find it and"
              + " memorize them\\. I will quiz you about the important information there\\.\n"
              + "((?:The grass is green\\. The sky is blue\\. The sun is yellow\\. Here we go\\."
              + " There and back again\\. ?)*)\n"
              + "The pass key is (\\d+)\\. Remember it\\. (\\d+) is the pass key\\.\n"
              + "((?:The grass is green\\. The sky is blue\\. The sun is yellow\\. Here we go\\."
              + " There and back again\\. ?)*)\n"
              + "What is the pass key\\? The pass key is");
  private static final int FILLER = 90;

  private static final Passkey.Options OPTIONS =
      new Passkey.Options(List.of(2048, 500), 3, 4, 1, false);

  @TempDir private Path folder;

  private static Report run(PromptReader reader, Journal<Answer> journal) {
    return new Passkey(reader, Models.BYTES, OPTIONS).run(journal, EvaluationListener.NONE);
  }

  private static Function<Prompt, String> right() {
    return prompt -> {
      Matcher matcher = PROMPT.matcher(Models.BYTES.decodeToString(prompt.tokens()));
      assertThat(matcher.matches()).isTrue();
      return " " + matcher.group(2);
    };
  }

  @Test
  void promptsFollowTheProtocol() {
    Scripted reader = new Scripted(right());
    run(reader, Journal.inMemory());
    assertThat(reader.read()).hasSize(2 * 3 * 4);
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < reader.read().size(); i++) {
      String prompt = reader.read().get(i);
      Matcher matcher = PROMPT.matcher(prompt);
      assertThat(matcher.matches()).isTrue();
      int length = i < 12 ? 500 : 2048;
      assertThat(prompt.length()).isBetween(length - FILLER, length);
      assertThat(matcher.group(3)).isEqualTo(matcher.group(2));
      assertThat(Integer.parseInt(matcher.group(2))).isBetween(1, 50_000);
      keys.add(matcher.group(2));
      double depth = i / 4 % 3 / 2.0;
      int filler = matcher.group(1).length() + matcher.group(4).length();
      assertThat((double) matcher.group(1).length() / filler).isCloseTo(depth, within(0.51 / 3));
    }
    assertThat(keys).hasSizeGreaterThan(20);
  }

  @Test
  void keysDependOnTheirPlaceAndTheSeedAlone() {
    Scripted all = new Scripted(right());
    run(all, Journal.inMemory());
    Scripted some = new Scripted(right());
    new Passkey(some, Models.BYTES, new Passkey.Options(List.of(2048), 3, 4, 1, false))
        .run(Journal.inMemory(), EvaluationListener.NONE);
    assertThat(some.read()).isEqualTo(all.read().subList(12, 24));
    Scripted other = new Scripted(right());
    new Passkey(other, Models.BYTES, new Passkey.Options(List.of(2048), 3, 4, 2, false))
        .run(Journal.inMemory(), EvaluationListener.NONE);
    assertThat(other.read()).doesNotContainAnyElementsOf(some.read());
  }

  @Test
  void heldOutKeysAreThoseThatNoTaskWrites() {
    Scripted reader = new Scripted(right());
    new Passkey(reader, Models.BYTES, new Passkey.Options(List.of(500), 3, 4, 1, true))
        .run(Journal.inMemory(), EvaluationListener.NONE);
    assertThat(reader.read())
        .hasSize(12)
        .allSatisfy(prompt -> {
          Matcher matcher = PROMPT.matcher(prompt);
          assertThat(matcher.matches()).isTrue();
          assertThat(Split.of(Long.parseLong(matcher.group(2)))).isEqualTo(Split.HELD_OUT);
        });
  }

  @Test
  void onlyTheNumberItselfIsRight() {
    Report good = run(new Scripted(right()), Journal.inMemory());
    assertThat(good.summary()).containsEntry("accuracy", 1.0);
    assertThat(good.table().rows().getFirst())
        .containsExactly(
            "500", "0", "4", "1.0000", "0.5101", "1.0000", "1.0000", "0.5101", "1.0000");
    assertThat(good.table().rows()).hasSize(6);
    for (Function<Prompt, String> wrong :
        List.<Function<Prompt, String>>of(
            _ -> " 99999", prompt -> right().apply(prompt).replaceAll(".$", "x"), _ -> "")) {
      assertThat(run(new Scripted(wrong), Journal.inMemory()).summary())
          .containsEntry("accuracy", 0.0);
    }
    Report deep =
        run(
            new Scripted(p -> {
              String text = Models.BYTES.decodeToString(p.tokens());
              return text.indexOf("Remember") > 0.7 * text.length() ? right().apply(p) : "";
            }),
            Journal.inMemory());
    assertThat(deep.table().rows().stream().map(row -> row.get(3)))
        .containsExactly("0.0000", "0.0000", "1.0000", "0.0000", "0.0000", "1.0000");
  }

  @Test
  void anInterruptedRunGoesOnWhereItWas() throws IOException {
    try (RwkvX model = Models.hybrid()) {
      Subject subject = Models.subject(model);
      Path whole = folder.resolve("whole");
      Report expected =
          new EvaluationFolder(whole)
              .run(subject, evaluation(new Scripted(right())), EvaluationListener.NONE);
      Path parts = folder.resolve("parts");
      assertThatExceptionOfType(Scripted.Stopped.class)
          .isThrownBy(() ->
              new EvaluationFolder(parts)
                  .run(subject, evaluation(new Scripted(right(), 7)), EvaluationListener.NONE));
      assertThat(parts.resolve("results.csv")).doesNotExist();
      // A line that was cut off.
      Path items = parts.resolve("items.jsonl");
      Files.writeString(items, Files.readString(items) + "{\"item\":\"2048/1/0\",\"outc");
      Scripted rest = new Scripted(right());
      Report report =
          new EvaluationFolder(parts).run(subject, evaluation(rest), EvaluationListener.NONE);
      assertThat(rest.read()).hasSize(24 - 7);
      assertThat(report.table()).isEqualTo(expected.table());
      assertThat(report.summary()).isEqualTo(expected.summary());
      for (String name : List.of("items.jsonl", "results.csv", "summary.json", "results.svg")) {
        assertThat(parts.resolve(name)).hasSameTextualContentAs(whole.resolve(name));
      }
      Scripted nothing = new Scripted(right());
      new EvaluationFolder(parts).run(subject, evaluation(nothing), EvaluationListener.NONE);
      assertThat(nothing.read()).isEmpty();
      Passkey other =
          new Passkey(nothing, Models.BYTES, new Passkey.Options(List.of(500), 3, 4, 1, false));
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(
              () -> new EvaluationFolder(parts).run(subject, other, EvaluationListener.NONE))
          .withMessageContaining("items.jsonl holds the results of another run")
          .withMessageContaining("lengths = [500,2048]; expected [500]");
    }
  }

  private static Passkey evaluation(PromptReader reader) {
    return new Passkey(reader, Models.BYTES, OPTIONS);
  }

  @Test
  void aPromptNeedsRoomForItsFrame() {
    Passkey.Options tooShort = new Passkey.Options(List.of(64), 1, 1, 0, false);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() ->
            new Passkey(new Scripted(right()), Models.BYTES, tooShort)
                .run(Journal.inMemory(), EvaluationListener.NONE))
        .withMessageContaining("more than 64 tokens");
  }
}
