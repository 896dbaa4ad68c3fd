package dev.rwkvx.training.tasks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What is hidden in a document, and the questions about it.
 *
 * @param opening comes first, or nothing when empty
 * @param clues in the order in which the document has them
 * @param questions at least one
 */
record Puzzle(String opening, List<Clue> clues, List<Question> questions) {
  /** What goes into a haystack. */
  sealed interface Piece permits Clue, Question {}

  /** Tells something. */
  record Clue(String text) implements Piece {}

  /**
   * Asks for something.
   *
   * @param before what stands before the answer
   * @param after what stands after it
   * @param clue the last of the clues that one must know
   */
  record Question(String before, String answer, String after, int clue) implements Piece {
    /** A question out of a template that has the answer once. */
    static Question of(String template, String attribute, String name, String answer, int clue) {
      int at = template.indexOf("{V}");
      String before = Wording.fill(template.substring(0, at), attribute, name, "");
      return new Question(before, answer, template.substring(at + "{V}".length()), clue);
    }

    /** The same question where its last clue is another one. */
    private Question of(int newClue) {
      return new Question(before, answer, after, newClue);
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
    List<Question> questions = new ArrayList<>();
    for (int i = 0; i < puzzles.size(); i++) {
      for (Question question : puzzles.get(i).questions) {
        questions.add(question.of(places[i][question.clue]));
      }
    }
    String opening = puzzles.get(random.nextInt(puzzles.size())).opening;
    return new Puzzle(opening, clues, questions);
  }
}
