package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.needle.Haystack;
import dev.rwkvx.evaluation.needle.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class NeedleTest {
  private static final Haystack ESSAY =
      Haystack.essay("It was a dark night. Who was there? \"Nobody!\" she said.\nThen it rained.");

  private static final Needle.Options OPTIONS = options(List.of(4096, 8192));

  private static Needle.Options options(List<Integer> lengths) {
    SequencedMap<String, Task> tasks = Task.all(ESSAY, Task.Sizes.USUAL);
    return new Needle.Options("needle", tasks, lengths, 2, 1, 5, new LinkedHashMap<>());
  }

  private static Report run(PromptReader reader) {
    return new Needle(reader, Models.BYTES, OPTIONS)
        .run(Journal.inMemory(), EvaluationListener.NONE);
  }

  @Test
  void promptsAreAsLongAsTheyMayBeAndAlwaysTheSame() {
    Scripted reader = new Scripted(_ -> "");
    run(reader);
    assertThat(reader.read()).hasSize(11 * 2 * 2).doesNotHaveDuplicates();
    for (int i = 0; i < reader.read().size(); i++) {
      int length = i / 2 % 2 == 0 ? 4096 : 8192;
      assertThat(reader.read().get(i).length()).isBetween(length - 160, length);
    }
    Scripted again = new Scripted(_ -> "");
    run(again);
    assertThat(again.read()).isEqualTo(reader.read());
  }

  @Test
  void theScoreIsTheShareOfExpectedTextsInTheAnswer() {
    Function<Prompt, List<String>> expected = prompt -> ((Question) prompt).expected();
    Report good =
        run(
            new Scripted(
                p -> " " + String.join(", ", expected.apply(p)).toUpperCase(Locale.ROOT) + "."));
    // "contains" does not see case, "first exact" does: UUIDs and words in capitals are others.
    assertThat(good.summary()).containsEntry("score", 1.0);
    assertThat(good.table().rows())
        .filteredOn(row -> row.getFirst().equals("niah_single_1"))
        .allMatch(row -> row.get(6).equals("1.0000"));
    assertThat(good.table().rows())
        .filteredOn(row -> row.getFirst().equals("cwe"))
        .allMatch(row -> row.get(6).equals("0.0000"));
    Report late = run(new Scripted(p -> " 7 is it, no: " + String.join(", ", expected.apply(p))));
    assertThat(late.summary()).containsEntry("score", 1.0).containsEntry("first_exact", 0.0);
    assertThat(run(new Scripted(_ -> " none")).summary())
        .containsEntry("score", 0.0)
        .containsEntry("first_exact", 0.0)
        .containsEntry("effective_length_by_task", Map.of());
    Report first = run(new Scripted(p -> " " + expected.apply(p).getFirst()));
    List<String> scores = new ArrayList<>();
    for (List<String> row : first.table().rows()) {
      if (row.get(1).equals("8192")) {
        scores.add(row.getFirst() + " " + row.get(3) + " " + row.get(6));
      }
    }
    assertThat(scores)
        .containsExactly(
            "niah_single_1 1.0000 1.0000",
            "niah_single_2 1.0000 1.0000",
            "niah_single_3 1.0000 1.0000",
            "niah_multikey 1.0000 1.0000",
            "niah_multikey_2 1.0000 1.0000",
            "niah_multikey_3 1.0000 1.0000",
            "niah_multivalue 0.2500 0.0000",
            "niah_multiquery 0.2500 0.0000",
            "vt 0.2000 0.0000",
            "cwe 0.1000 0.0000",
            "fwe 0.3333 0.0000");
    assertThat(Needle.found(List.of("12", "ab"), "AB 21")).isEqualTo(0.5);
  }

  @Test
  void textsThatAreTooShortForATaskAreRefused() {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() ->
            new Needle(new Scripted(_ -> ""), Models.BYTES, options(List.of(200)))
                .run(Journal.inMemory(), EvaluationListener.NONE))
        .withMessageContaining("niah_single_1 needs more than 200 tokens");
  }
}
