package dev.rwkvx.model;

import dev.rwkvx.InputException;

/**
 * Parts of a model that a state does without, to see what they are for. The weights stay as they
 * are: states with and without an ablation may meet in one batch.
 *
 * <p>Both are functions of the position alone, so that pieces of any size, single tokens and
 * batches give the same bits here too.
 *
 * @param sparseZeroed the attention of the sparse blocks adds nothing to the residual stream; their
 *     channel mix, which is there in every architecture, works on. No keys and values are kept
 * @param wkvResetEvery all WKV states are cleared before the tokens at the positions N, 2N, …; the
 *     token shifts stay. 0 for never
 */
public record Ablation(boolean sparseZeroed, int wkvResetEvery) {
  /** Nothing is left out. */
  public static final Ablation NONE = new Ablation(false, 0);

  /** Checks the distance of resets. */
  public Ablation {
    if (wkvResetEvery < 0) {
      throw new InputException(
          "WKV states are cleared every 1 or more tokens, or never (0): found " + wkvResetEvery);
    }
  }

  /** Whether the WKV states are cleared before the token at this position. */
  boolean clearsWkvAt(long position) {
    return wkvResetEvery > 0 && position > 0 && position % wkvResetEvery == 0;
  }

  /** Tokens that may be read, from this position on, before WKV states are cleared again. */
  long tokensToReset(long position) {
    return wkvResetEvery == 0 ? Long.MAX_VALUE : wkvResetEvery - position % wkvResetEvery;
  }
}
