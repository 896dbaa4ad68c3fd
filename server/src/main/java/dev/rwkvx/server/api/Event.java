package dev.rwkvx.server.api;

import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.server.schedule.Task.PromptReport;
import dev.rwkvx.server.schedule.Writer.Totals;
import java.util.List;

/** What becomes of a request. */
sealed interface Event {
  /** Nothing for a while. */
  record Nothing() implements Event {}

  /**
   * A prompt was read.
   *
   * @param prompt which, from 0
   */
  record Read(int prompt, PromptReport report) implements Event {}

  /**
   * A part of a text.
   *
   * @param choice which text, from 0
   * @param text may be empty
   * @param tokens whose text begins in it, where their chances were asked for
   */
  record Piece(int choice, String text, List<Placed> tokens) implements Event {}

  /**
   * A token and where its text begins.
   *
   * @param offset characters of the answer before it
   */
  record Placed(TokenChance token, int offset) {}

  /**
   * A text has ended.
   *
   * @param tokens all of its tokens, without a stop token
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over
  record Ended(int choice, End end, Totals totals, int[] tokens) implements Event {}
}
