package dev.rwkvx.training.data;

/**
 * A run of bytes of a text in UTF-8, such as an answer in it.
 *
 * @param from its first byte
 * @param to the byte after its last, above {@code from}
 */
public record Span(int from, int to) {
  /** Checks the order of the two. */
  public Span {
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException("no span: " + from + " to " + to);
    }
  }
}
