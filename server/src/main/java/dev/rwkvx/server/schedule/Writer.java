package dev.rwkvx.server.schedule;

import dev.rwkvx.generate.Generation.End;
import java.util.Optional;

/**
 * One text that is written behind a prompt. The scheduler reads each token into the model and comes
 * back with the logits; calls do not overlap.
 */
public interface Writer {
  /**
   * Draws the next token.
   *
   * @param logits after all tokens so far; may be changed
   * @return why the text ends with this token, if it does
   * @throws dev.rwkvx.InputException when there is no token to draw
   */
  Optional<End> draw(float[] logits);

  /** {@return the token drawn last} */
  int token();

  /**
   * The text has ended; the last call.
   *
   * @param end why
   * @param totals numbers of the task
   */
  void end(End end, Totals totals);

  /**
   * What a text has taken.
   *
   * @param tokens drawn, without a stop token
   * @param nanoseconds from the end of the prompt to the last token
   * @param contextTokens that the state has read
   * @param cacheBytes of its keys and values
   */
  record Totals(int tokens, long nanoseconds, long contextTokens, long cacheBytes) {}
}
