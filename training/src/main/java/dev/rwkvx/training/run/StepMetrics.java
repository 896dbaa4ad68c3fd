package dev.rwkvx.training.run;

import org.jspecify.annotations.Nullable;

/**
 * What a step was like.
 *
 * @param step from 1
 * @param tokens seen so far, those of this step included
 * @param loss mean over the tokens that count, weighted by LongCE where that is used
 * @param crossEntropy the same without weights
 * @param rate the learning rate
 * @param gradientNorm before clipping
 * @param tokensPerSecond of this step, measurements and checkpoints left out
 * @param skipped whether gradients were not finite, so that nothing was learnt
 * @param validationLoss mean cross-entropy of the validation data, null where it was not measured
 */
public record StepMetrics(
    long step,
    long tokens,
    double loss,
    double crossEntropy,
    double rate,
    double gradientNorm,
    double tokensPerSecond,
    boolean skipped,
    @Nullable Double validationLoss) {}
