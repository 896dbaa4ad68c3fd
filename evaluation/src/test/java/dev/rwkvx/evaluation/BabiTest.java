package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.evaluation.needle.Haystack;
import dev.rwkvx.evaluation.needle.Puzzle;
import dev.rwkvx.evaluation.recall.Babi;
import dev.rwkvx.evaluation.recall.RecallTasks;
import dev.rwkvx.training.tasks.Split;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A second reading of the stories, from their text alone, comes to the same answers. */
class BabiTest {
  private static final Pattern MOVE =
      Pattern.compile("(\\w+) (?:moved|went|went back|journeyed|travelled) to the (\\w+)\\.");
  private static final Pattern TAKE =
      Pattern.compile("(\\w+) (?:took|got|grabbed|picked up) the (\\w+) there\\.");
  private static final Pattern LEAVE =
      Pattern.compile("(\\w+) (?:dropped|left|discarded|put down) the (\\w+)\\.");
  private static final Pattern GIVE =
      Pattern.compile("(\\w+) (?:gave|handed|passed) the (\\w+) to (\\w+)\\.");
  private static final Pattern RELATION = Pattern.compile("The (\\w+) is (\\w+) of the (\\w+)\\.");

  private final Map<String, String> place = new HashMap<>();
  private final Map<String, String> holder = new HashMap<>();
  private final Map<String, List<String>> trail = new HashMap<>();
  private final List<List<String>> gifts = new ArrayList<>();
  private final List<List<String>> relations = new ArrayList<>();

  private void read(String sentence) {
    Matcher move = MOVE.matcher(sentence);
    Matcher take = TAKE.matcher(sentence);
    Matcher leave = LEAVE.matcher(sentence);
    Matcher give = GIVE.matcher(sentence);
    Matcher relation = RELATION.matcher(sentence);
    if (move.matches()) {
      place.put(move.group(1), move.group(2));
      holder.forEach((thing, who) -> {
        if (who.equals(move.group(1))) {
          trail.get(thing).add(move.group(2));
        }
      });
    } else if (take.matches()) {
      holder.put(take.group(2), take.group(1));
      trail.computeIfAbsent(take.group(2), _ -> new ArrayList<>()).add(place.get(take.group(1)));
    } else if (leave.matches()) {
      assertThat(holder.remove(leave.group(2))).isEqualTo(leave.group(1));
    } else if (give.matches()) {
      assertThat(holder.put(give.group(2), give.group(3))).isEqualTo(give.group(1));
      gifts.add(List.of(give.group(1), give.group(2), give.group(3)));
    } else if (relation.matches()) {
      relations.add(List.of(relation.group(1), relation.group(2), relation.group(3)));
    } else {
      assertThat(sentence).startsWith("The grass is green.");
    }
  }

  private Set<String> answers(String question) {
    List<String> words = List.of(question.replace("?", "").split(" "));
    String last = words.getLast();
    if (question.startsWith("Where is the")) {
      return Set.of(trail.get(last).getLast());
    }
    if (question.startsWith("Where is")) {
      return Set.of(place.get(last));
    }
    if (question.startsWith("Where was")) {
      List<String> been = trail.get(words.get(3));
      String before = "";
      for (int i = 1; i < been.size(); i++) {
        before =
            been.get(i).equals(last) && !been.get(i - 1).equals(last) ? been.get(i - 1) : before;
      }
      return Set.of(before);
    }
    Set<String> found = new HashSet<>();
    for (List<String> one : relations) {
      if (question.equals("What is %s of the %s?".formatted(one.get(1), one.get(2)))) {
        found.add(one.get(0));
      } else if (question.equals("What is the %s %s of?".formatted(one.get(0), one.get(1)))) {
        found.add(one.get(2));
      }
    }
    for (List<String> gift :
        gifts.isEmpty() ? gifts : gifts.subList(gifts.size() - 1, gifts.size())) {
      Map<String, String> asked =
          Map.of(
              "What did %s give to %s?".formatted(gift.get(0), gift.get(2)), gift.get(1),
              "Who gave the %s?".formatted(gift.get(1)), gift.get(0),
              "Who gave the %s to %s?".formatted(gift.get(1), gift.get(2)), gift.get(0),
              "Who received the %s?".formatted(gift.get(1)), gift.get(2),
              "Who did %s give the %s to?".formatted(gift.get(0), gift.get(1)), gift.get(2));
      found.add(asked.getOrDefault(question, "?"));
    }
    return found;
  }

  @ParameterizedTest
  @EnumSource(Babi.Kind.class)
  void theAnswerFollowsFromTheStory(Babi.Kind kind) {
    Set<String> seen = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      Puzzle puzzle = new Babi(Haystack.noise(), kind).draw(new SplittableRandom(seed));
      List<String> lines = puzzle.prompt(5).lines().toList();
      BabiTest reading = new BabiTest();
      lines.subList(1, lines.size() - 2).forEach(reading::read);
      String question = lines.get(lines.size() - 2).replace("Question: ", "");
      assertThat(reading.answers(question)).isEqualTo(Set.copyOf(puzzle.expected()));
      assertThat(lines.getLast()).startsWith("Answer: ").doesNotEndWith(" ");
      seen.addAll(puzzle.expected());
    }
    assertThat(seen.size()).isGreaterThanOrEqualTo(6);
  }

  @Test
  void allFiveHaveOneName() {
    RecallTasks tasks = new RecallTasks(Haystack.noise(), Split.HELD_OUT, List.of(2, 8));
    assertThat(tasks.of(List.of("words", "babilong")).keySet())
        .containsExactly("words/2", "words/8", "qa1", "qa2", "qa3", "qa4", "qa5");
  }
}
