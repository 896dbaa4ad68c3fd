package dev.rwkvx.training.run;

/**
 * What lies before a run.
 *
 * @param from steps done before
 * @param steps of the whole run
 * @param tokensPerStep counted and uncounted ones
 * @param ranks processes that train together
 * @param epoch sequences of an epoch
 * @param trained elements of the tensors that learn
 * @param parameters elements of all tensors
 */
public record RunPlan(
    long from,
    long steps,
    long tokensPerStep,
    int ranks,
    long epoch,
    long trained,
    long parameters) {}
