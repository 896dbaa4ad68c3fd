package dev.rwkvx.training.tasks;

import java.util.List;

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
  }
}
