package dev.rwkvx.generate;

/**
 * What a generator writes into: a conversation with a model. Used by one thread at a time.
 *
 * <p>{@link ModelContext} is one; a server that reads many conversations at once has its own.
 */
public interface Context extends AutoCloseable {
  /** {@return length of the logits; token ids are below it} */
  int vocabulary();

  /**
   * Reads tokens and gives the logits after the last one.
   *
   * @param tokens ids; {@code from … to − 1} are read, at least one
   * @param from index of the first token to read
   * @param to index after the last one
   * @param logits receives {@link #vocabulary()} numbers
   * @throws dev.rwkvx.InputException when an id is outside the vocabulary; nothing is read then
   */
  void read(int[] tokens, int from, int to, float[] logits);

  /** Remembers this point for {@link #rewind()}, in place of an earlier one. */
  void mark();

  /**
   * Goes back to the marked point.
   *
   * @throws IllegalStateException when there is none
   */
  void rewind();

  /** Forgets everything, the mark too. */
  void reset();

  /** Frees what the conversation holds outside of the heap; by default nothing. */
  @Override
  default void close() {}
}
