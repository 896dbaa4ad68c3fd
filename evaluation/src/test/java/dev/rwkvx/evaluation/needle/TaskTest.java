package dev.rwkvx.evaluation.needle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a prompt asks for follows from its text. */
class TaskTest {
  private static final Haystack ESSAY =
      Haystack.essay("One day passed.  Another\ncame?  \"No more!\" cried the fox. They left. ");

  private static Puzzle draw(String task, long seed) {
    return Task.all(ESSAY, new Task.Sizes(50, 3, 4)).get(task).draw(new SplittableRandom(seed));
  }

  /** The groups of a pattern wherever it is found. */
  private static List<List<String>> all(String pattern, String text) {
    List<List<String>> found = new ArrayList<>();
    for (Matcher m = Pattern.compile(pattern).matcher(text); m.find(); ) {
      found.add(List.of(m.group(1), m.groupCount() > 1 ? m.group(2) : ""));
    }
    return found;
  }

  private static String afterLast(String word, String text) {
    return text.substring(text.lastIndexOf(word));
  }

  @Test
  void anEssayIsCutIntoSentencesAndRepeated() {
    assertThat(ESSAY.sentences())
        .containsExactly(
            "One day passed.", "Another came?", "\"No more!\"", "cried the fox.", "They left.");
    assertThat(
            ESSAY.with(List.of(new Haystack.Fact(0.5, "Here."), new Haystack.Fact(1, "End.")), 6))
        .isEqualTo(
            "One day passed. Another came? \"No more!\" Here. cried the fox. They left. One day"
                + " passed. End.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "niah_single_1",
        "niah_single_2",
        "niah_single_3",
        "niah_multikey",
        "niah_multivalue",
        "niah_multiquery"
      })
  void theNamesAskedForHaveTheExpectedValues(String task) {
    for (long seed = 0; seed < 20; seed++) {
      Puzzle puzzle = draw(task, seed);
      String prompt = puzzle.prompt(30);
      List<List<String>> needles =
          all("special magic (?:number|uuid)s for (\\S+) is: (\\S+)\\.", prompt);
      String question = afterLast("What ", prompt);
      List<String> asked =
          needles.stream()
              .filter(needle -> question.contains(" " + needle.getFirst()))
              .map(List::getLast)
              .toList();
      assertThat(asked).containsExactlyInAnyOrderElementsOf(puzzle.expected());
      int facts =
          switch (task) {
            case "niah_multikey" -> 50;
            case "niah_multivalue" -> 3;
            case "niah_multiquery" -> 4;
            default -> 1;
          };
      assertThat(needles).hasSize(facts);
      assertThat(asked).hasSize(task.equals("niah_multikey") ? 1 : facts);
      String form =
          task.equals("niah_single_3") ? "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}" : "\\d{7}";
      assertThat(asked).allMatch(value -> value.matches(form));
      assertThat(prompt).matches("(?s).* (is|are)").matches("[\\x20-\\x7e\\n]*");
      assertThat(draw(task, seed).prompt(30)).isEqualTo(prompt);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"niah_multikey_2", "niah_multikey_3"})
  void aHaystackOfNeedlesHasTheNameAskedForOnce(String task) {
    int[] places = new int[4];
    for (long seed = 0; seed < 60; seed++) {
      Puzzle puzzle = draw(task, seed);
      String prompt = puzzle.prompt(39);
      List<List<String>> needles =
          all("special magic (?:number|uuid)s for (\\S+) is: (\\S+)\\.", prompt);
      assertThat(needles).hasSize(40);
      String question = afterLast("What ", prompt);
      List<List<String>> asked =
          needles.stream().filter(one -> question.contains(" " + one.getFirst() + " ")).toList();
      assertThat(asked).hasSize(1);
      assertThat(puzzle.expected()).containsExactly(asked.getFirst().getLast());
      places[needles.indexOf(asked.getFirst()) / 10]++;
      assertThat(needles.getFirst().getFirst()).contains("-");
    }
    assertThat(Arrays.stream(places).min().orElseThrow()).isGreaterThan(5);
  }

  @Test
  void needlesLieAtAllDepths() {
    int[] count = new int[4];
    for (long seed = 0; seed < 200; seed++) {
      String prompt = draw("niah_single_2", seed).prompt(400);
      count[4 * prompt.indexOf("One of the special") / prompt.length()]++;
    }
    assertThat(Arrays.stream(count).min().orElseThrow()).isGreaterThan(25);
  }

  @Test
  void variablesAreThoseOfTheChain() {
    for (long seed = 0; seed < 20; seed++) {
      Puzzle puzzle = draw("vt", seed);
      String prompt = puzzle.prompt(50);
      String own = prompt.substring(prompt.indexOf("\n\nMemorize") + 2);
      String value = all("assigned the value (\\d+)", own).getFirst().getFirst();
      Set<String> variables = new LinkedHashSet<>();
      for (List<String> assignment : all("VAR (\\S+) = (?:VAR )?(\\S+)", own)) {
        if (assignment.getLast().equals(value) || variables.contains(assignment.getLast())) {
          variables.add(assignment.getFirst());
        }
      }
      assertThat(variables).hasSize(5).containsExactlyElementsOf(puzzle.expected());
      assertThat(own).doesNotContain(prompt.split("they are:", -1)[1].split("\n", -1)[0].strip());
    }
  }

  private static Map<String, Long> counts(List<String> words) {
    return words.stream()
        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
  }

  @ParameterizedTest
  @ValueSource(ints = {110, 200, 330, 1000, 5000})
  void commonWordsComeTenTimesAsOftenAsOthers(int units) {
    Puzzle puzzle = draw("cwe", 3);
    String prompt = puzzle.prompt(units);
    String list = afterLast("Below is", prompt).split("\n", -1)[1];
    List<String> words = all("\\d+\\. (\\S+)", list).stream().map(List::getFirst).toList();
    assertThat(words.size()).isBetween(units - 3, units);
    Map<String, Long> counts = new HashMap<>(counts(words));
    long common = units < 330 ? 10 : 30;
    for (String word : puzzle.expected()) {
      assertThat(counts.remove(word)).isEqualTo(common);
    }
    assertThat(puzzle.expected()).hasSize(10);
    assertThat(counts).isNotEmpty().allSatisfy((_, n) -> assertThat(n).isEqualTo(common / 10));
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 61, 66, 69, 73, 85, 200, 5000})
  void frequentWordsAreTheThreeBehindTheDots(int units) {
    Puzzle puzzle = draw("fwe", 4);
    String text = puzzle.prompt(units).replaceFirst("(?s).*coded words\\. (.*?)\nQuestion.*", "$1");
    List<Map.Entry<String, Long>> ranks =
        counts(List.of(text.split(" ", -1))).entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .toList();
    assertThat(ranks.getFirst().getKey()).isEqualTo("....");
    assertThat(ranks.subList(1, 4).stream().map(Map.Entry::getKey))
        .containsExactlyElementsOf(puzzle.expected());
    assertThat(ranks.get(3).getValue()).isGreaterThan(ranks.get(4).getValue());
  }
}
