package dev.rwkvx.training.tasks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What is hidden in a document, and what may be asked about it.
 *
 * @param opening comes first, or nothing when empty
 * @param clues in the order in which the document has them
 * @param asked at least one; some come several times, some never
 */
record Puzzle(String opening, List<Clue> clues, List<Asked> asked) {
  /** What goes into a haystack. */
  sealed interface Piece permits Clue, Question {}

  /** Tells something. */
  record Clue(String text) implements Piece {}

  /**
   * Asks for something.
   *
   * @param before what stands before the answer
   * @param after what stands after it
   */
  record Question(String before, String answer, String after) implements Piece {}

  /**
   * What may be asked.
   *
   * @param templates have the answer once
   * @param clue the last of the clues that one must know
   */
  record Asked(List<String> templates, String attribute, String name, String answer, int clue) {
    /** A question in some words. */
    Question question(SplittableRandom random) {
      String template = Wording.pick(random, templates);
      int at = template.indexOf("{V}");
      String before = Wording.fill(template.substring(0, at), attribute, name, "");
      return new Question(before, answer, template.substring(at + "{V}".length()));
    }

    /** The same where its last clue is another one. */
    private Asked at(int newClue) {
      return new Asked(templates, attribute, name, answer, newClue);
    }
  }

  /** Several at once: clues in a random order that keeps that of each puzzle. */
  static Puzzle together(List<Puzzle> puzzles, SplittableRandom random) {
    List<Integer> turns = new ArrayList<>();
    for (int i = 0; i < puzzles.size(); i++) {
      turns.addAll(Collections.nCopies(puzzles.get(i).clues.size(), i));
    }
    Puzzles.shuffle(turns, random);
    int[][] places = new int[puzzles.size()][];
    Arrays.setAll(places, i -> new int[puzzles.get(i).clues.size()]);
    int[] next = new int[puzzles.size()];
    List<Clue> clues = new ArrayList<>();
    for (int i : turns) {
      places[i][next[i]] = clues.size();
      clues.add(puzzles.get(i).clues.get(next[i]++));
    }
    List<Asked> asked = new ArrayList<>();
    for (int i = 0; i < puzzles.size(); i++) {
      for (Asked one : puzzles.get(i).asked) {
        asked.add(one.at(places[i][one.clue]));
      }
    }
    String opening = puzzles.get(random.nextInt(puzzles.size())).opening;
    return new Puzzle(opening, clues, asked);
  }
}
