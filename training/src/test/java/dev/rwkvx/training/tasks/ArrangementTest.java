package dev.rwkvx.training.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.training.tasks.Puzzle.Asked;
import dev.rwkvx.training.tasks.Puzzle.Clue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ArrangementTest {
  private static final int FACTS = 8;
  private static final int DOCUMENTS = 1_000;

  @Test
  void questionsAreAboutAnyFactBeforeThemWhateverWasAskedBefore() {
    List<Clue> clues = new ArrayList<>();
    List<Asked> asked = new ArrayList<>();
    for (int i = 0; i < FACTS; i++) {
      clues.add(new Clue("fact " + i));
      asked.add(new Asked(List.of("about {N}: {V}"), "", "" + i, "x", i));
    }
    Puzzle puzzle = new Puzzle("", clues, asked);
    int[] counts = new int[FACTS];
    int repeated = 0;
    double[] ages = new double[3];
    for (int document = 0; document < DOCUMENTS; document++) {
      SplittableRandom random = new SplittableRandom(document);
      int told = 0;
      Set<Integer> before = new HashSet<>();
      for (String line :
          Arrangement.of(puzzle, FACTS, random).in("").text().split("\\n| (?=fact)")) {
        if (line.startsWith("fact")) {
          assertThat(line.strip()).isEqualTo("fact " + told++);
          continue;
        }
        int about = line.charAt("about ".length()) - '0';
        assertThat(about).isLessThan(told);
        repeated += before.add(about) ? 0 : 1;
        if (told == FACTS) {
          counts[about]++;
        } else if (told == 4) {
          ages[0]++;
          ages[1] += about == 3 ? 1 : 0;
        }
      }
    }
    // Eight draws out of eight repeat 2.75 on average; those in the middle some more.
    assertThat((double) repeated / DOCUMENTS).isBetween(2.7, 3.5);
    assertThat(ages[1] / ages[0]).isBetween(0.18, 0.32);
    for (int count : counts) {
      assertThat((double) count / DOCUMENTS).isBetween(0.7, 0.95);
    }
  }
}
