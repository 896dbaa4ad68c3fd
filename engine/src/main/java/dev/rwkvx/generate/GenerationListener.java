package dev.rwkvx.generate;

/** Hears what is generated while it is generated. */
@FunctionalInterface
public interface GenerationListener {
  /**
   * A piece of the text, in whole characters and never empty.
   *
   * @param piece the characters that became certain since the last call
   */
  void onText(String piece);

  /**
   * A token was drawn, before its text; not called for stop tokens.
   *
   * @param id its id in the vocabulary
   */
  default void onToken(int id) {}
}
