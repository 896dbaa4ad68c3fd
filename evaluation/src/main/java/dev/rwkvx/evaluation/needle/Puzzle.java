package dev.rwkvx.evaluation.needle;

import java.util.List;

/** A question about a text that can be made longer. */
public interface Puzzle {
  /**
   * The text and the question, up to where the answer begins.
   *
   * @param units of text: sentences or words, 0 or more
   */
  String prompt(int units);

  /** The fewest units with which there is a right answer. */
  int least();

  /** The most units that there are. */
  int most();

  /** What the answer should contain, in any order. */
  List<String> expected();

  /** A right answer, as the text before it suggests it. */
  String answer();

  /** Tokens that RULER grants the answer. */
  int answerTokens();
}
