package dev.rwkvx.evaluation;

/** Hears how far an evaluation is. */
@FunctionalInterface
public interface EvaluationListener {
  /** Hears nothing. */
  EvaluationListener NONE = (_, _) -> {};

  /**
   * Some more tokens were read.
   *
   * @param tokens read since the evaluation began or went on
   * @param all tokens that it has to read from there
   */
  void progress(long tokens, long all);
}
