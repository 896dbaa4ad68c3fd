package dev.rwkvx.server.api;

/**
 * A prompt of a request.
 *
 * @param tokens ids, at least one
 * @param marks numbers of tokens after which another prompt may well go on differently, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // handed over
record Prompt(int[] tokens, int[] marks) {
  Prompt(int[] tokens) {
    this(tokens, new int[0]);
  }
}
