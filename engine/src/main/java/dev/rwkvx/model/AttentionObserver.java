package dev.rwkvx.model;

/**
 * Hears which chunks the queries of the sparse blocks attend to, while a model reads into a state.
 * The numbers that the model computes stay the same, to the bit. A query that is heard of costs
 * about as much as its attention once more.
 *
 * @see State#observe
 */
public interface AttentionObserver {
  /**
   * {@return whether to hear of the queries at a position} Called by several threads at once.
   *
   * @param position of a token in the text, from 0
   */
  boolean wants(long position);

  /**
   * Takes what a query of one head attended to. Heads of a block come from several threads at once;
   * the queries of a head come in their order.
   *
   * @param choice is the observer's to keep
   */
  void accept(ChunkChoice choice);
}
