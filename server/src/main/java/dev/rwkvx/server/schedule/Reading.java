package dev.rwkvx.server.schedule;

import dev.rwkvx.model.RwkvX.HiddenSink;
import dev.rwkvx.model.RwkvX.LogitsSink;

/** What is wanted of a prompt while it is read. */
public sealed interface Reading {
  /** Only what comes after it; what is known of it already need not be read again. */
  record Plain() implements Reading {}

  /**
   * The logits after each token.
   *
   * @param sink hears them in the scheduler's thread; the first token of the prompt is 0
   */
  record Scored(LogitsSink sink) implements Reading {}

  /**
   * The hidden state of each token.
   *
   * @param sink hears them in the scheduler's thread; the first token of the prompt is 0
   */
  record Hidden(HiddenSink sink) implements Reading {}
}
