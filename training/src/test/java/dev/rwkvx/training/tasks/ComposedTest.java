package dev.rwkvx.training.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sentences that are put together at random. */
class ComposedTest {
  private static final int DRAWS = 2_000;

  private static List<String> draw(boolean facts, boolean named) {
    Composed composed = new Composed(new SplittableRandom(1));
    List<String> all = new ArrayList<>();
    for (int i = 0; i < DRAWS; i++) {
      all.addAll(facts ? composed.facts(named) : composed.questions(named));
    }
    return all;
  }

  private static int count(String text, String blank) {
    return (text.length() - text.replace(blank, "").length()) / blank.length();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everySentenceHasItsBlanks(boolean facts) {
    for (String template : draw(facts, true)) {
      assertThat(count(template, "{V}")).as(template).isEqualTo(1);
      assertThat(template).contains("{N}");
      assertThat(template.replaceAll("\\{[ANV]}", "x")).doesNotContain("{", "}", "  ");
    }
    for (String template : draw(facts, false)) {
      assertThat(count(template, "{V}")).as(template).isEqualTo(1);
      assertThat(template).doesNotContain("{N}").contains("{A}");
      assertThat(template.replaceAll("\\{[AV]}", "x")).doesNotContain("{", "}", "  ");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void thereAreThousandsAndNoneOfThoseOfEvaluations(boolean facts) {
    List<String> drawn = draw(facts, true);
    assertThat(new HashSet<>(drawn)).hasSizeGreaterThan(drawn.size() / 2);
    Phrases heldOut = Phrases.of(Split.HELD_OUT);
    Set<String> evaluated = new HashSet<>();
    for (String template : facts ? heldOut.facts() : heldOut.questions()) {
      evaluated.add(template.toLowerCase(Locale.ROOT));
    }
    for (String template : drawn) {
      assertThat(evaluated).doesNotContain(template.toLowerCase(Locale.ROOT));
      assertThat(template).doesNotContainIgnoringCase("pass key", "magic", "provided text");
    }
  }
}
