package dev.rwkvx.generate;

/** Hears what is generated while it is generated. */
@FunctionalInterface
public interface GenerationListener {
  /** A piece of the text, in whole characters and never empty. */
  void onText(String piece);

  /** A token was drawn, before its text; not called for stop tokens. */
  default void onToken(int id) {}
}
