package dev.rwkvx.evaluation.needle;

import java.util.List;
import java.util.SplittableRandom;

/** A question about a text that can be made longer. */
public interface Puzzle {
  /**
   * {@return the text and the question, up to where the answer begins}
   *
   * @param units of text: sentences or words, 0 or more
   */
  String prompt(int units);

  /** {@return the fewest units with which there is a right answer} */
  int least();

  /** {@return the most units that there are} */
  int most();

  /** {@return what the answer should contain, in any order} */
  List<String> expected();

  /** {@return a right answer, as the text before it suggests it} */
  String answer();

  /** {@return tokens that RULER grants the answer} */
  int answerTokens();

  /**
   * {@return another question about the same text; this one where there is no other}
   *
   * @param random the source of all that is random
   */
  default Puzzle asking(SplittableRandom random) {
    return this;
  }
}
