package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.needle.Haystack;
import dev.rwkvx.evaluation.needle.Task;
import dev.rwkvx.evaluation.recall.Lookup;
import dev.rwkvx.training.tasks.Split;
import dev.rwkvx.training.tasks.ValueKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Looking values up by name. */
class LookupTest {
  private static final int KEYS = 12;

  private static Needle evaluation(
      PromptReader reader, List<Lookup.Form> forms, List<Integer> lengths, int questions) {
    SequencedMap<String, Task> tasks = new LinkedHashMap<>();
    for (Lookup.Form form : forms) {
      tasks.put(form.label(), new Lookup(Haystack.noise(), form, Split.HELD_OUT, KEYS));
    }
    return new Needle(
        reader,
        Models.BYTES,
        new Needle.Options("names", tasks, lengths, 12, questions, 7, new LinkedHashMap<>()));
  }

  private static String expected(Prompt prompt) {
    return ((Question) prompt).expected().getFirst();
  }

  @ParameterizedTest
  @EnumSource(Lookup.Form.class)
  void theAnswerStandsOnceInTheTextBesideTheNameThatIsAskedFor(Lookup.Form form) {
    List<String> answers = new ArrayList<>();
    Scripted reader =
        new Scripted(prompt -> {
          answers.add(expected(prompt));
          return " " + expected(prompt);
        });
    Report report =
        evaluation(reader, List.of(form), List.of(3000), 1)
            .run(Journal.inMemory(), EvaluationListener.NONE);
    assertThat(report.summary()).containsEntry("score", 1.0).containsEntry("first_exact", 1.0);
    for (int i = 0; i < answers.size(); i++) {
      String prompt = reader.read().get(i);
      String text = prompt.substring(0, prompt.lastIndexOf('\n'));
      String question = prompt.substring(text.length() + 1);
      assertThat(prompt.length()).isBetween(2900, 3000);
      assertThat(text.split(Pattern.quote(answers.get(i)), -1)).hasSize(2);
      assertThat(question).doesNotContain(answers.get(i));
      String answer = answers.get(i);
      String line = text.lines().filter(some -> some.contains(answer)).findFirst().orElseThrow();
      // Some words of the fact are those of the question: the name.
      assertThat(line.split(" ")).anyMatch(word -> word.length() > 3 && question.contains(word));
    }
  }

  @Test
  void everyNameIsAskedForAsOften() {
    Lookup task = new Lookup(Haystack.noise(), Lookup.Form.PAIRS, Split.HELD_OUT, 8);
    Map<Integer, Integer> ranks = new HashMap<>();
    for (int seed = 0; seed < 800; seed++) {
      var puzzle = task.draw(new SplittableRandom(seed));
      Matcher number = Pattern.compile("\\d{5,7}").matcher(puzzle.prompt(0));
      for (int rank = 0; number.find(); rank++) {
        if (number.group().equals(puzzle.expected().getFirst())) {
          ranks.merge(rank, 1, Integer::sum);
        }
      }
    }
    assertThat(ranks).hasSize(8);
    assertThat(ranks.values()).allMatch(count -> count > 65 && count < 140);
  }

  @Test
  void questionsAboutOneTextShareIt() {
    Scripted reader = new Scripted(_ -> "");
    evaluation(reader, List.of(Lookup.Form.NUMBERS), List.of(4000), 4)
        .run(Journal.inMemory(), EvaluationListener.NONE);
    List<String> texts =
        reader.read().stream().map(text -> text.substring(0, text.lastIndexOf('\n'))).toList();
    assertThat(texts).hasSize(12);
    assertThat(texts.stream().distinct()).hasSize(3);
    assertThat(reader.read().stream().distinct().count()).isGreaterThan(9);
  }

  @Test
  void lengthsThatAreTooShortForTheNamesAreLeftOut() {
    List<Lookup.Form> forms = List.of(Lookup.Form.UUIDS, Lookup.Form.PAIRS);
    Report report =
        evaluation(new Scripted(_ -> ""), forms, List.of(600, 2500), 1)
            .run(Journal.inMemory(), EvaluationListener.NONE);
    assertThat(report.table().rows().stream().map(row -> row.getFirst() + " " + row.get(1)))
        .containsExactly("uuids 2500", "pairs 600", "pairs 2500");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() ->
            evaluation(new Scripted(_ -> ""), forms, List.of(300, 600), 1)
                .run(Journal.inMemory(), EvaluationListener.NONE))
        .withMessage(
            "A prompt of the task uuids needs more than 600 tokens; expected a larger length");
    assertThat(ValueKind.UUIDS.distinct(3, Split.TRAINING, new SplittableRandom(1))).hasSize(3);
  }
}
