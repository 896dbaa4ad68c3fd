package dev.rwkvx.model;

/**
 * A state and the tokens that it reads in a batched pass.
 *
 * @param state appears once in a batch
 * @param tokens ids, of which {@code from … to − 1} are read; at least one
 * @param from index of the first token to read
 * @param to index after the last one
 * @param logits receives the logits after the last token, one number per id of the vocabulary
 */
@SuppressWarnings("ArrayRecordComponent") // identity is meant
public record Run(State state, int[] tokens, int from, int to, float[] logits) {}
