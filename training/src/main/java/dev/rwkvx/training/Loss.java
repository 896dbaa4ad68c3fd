package dev.rwkvx.training;

/**
 * The loss of a batch.
 *
 * @param mean Σ weight·token / B·T, before the logit regulariser
 * @param tokens the cross-entropy of each prediction, sequence after sequence. [B·T]
 * @param weights what each counted, placed like the tokens
 */
@SuppressWarnings("ArrayRecordComponent") // handed over
public record Loss(double mean, float[] tokens, float[] weights) {}
