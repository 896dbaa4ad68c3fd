package dev.rwkvx.generate;

import dev.rwkvx.InputException;
import java.util.Map;
import java.util.Set;

/**
 * How the next token is drawn. The steps, in this order: penalties for what was generated before,
 * biases and bans change the logits; top-k, top-p and min-p each drop tokens by the probabilities
 * that follow; the temperature reshapes what is left.
 *
 * @param temperature probabilities are raised to 1 / temperature; 0 takes the most probable token
 * @param topK only the K most probable tokens; 0 is no limit
 * @param topP only the fewest most probable tokens that together have this probability; 1 is no
 *     limit
 * @param minP only tokens of at least this probability relative to the most probable one; 0 is no
 *     limit
 * @param presencePenalty subtracted from the logit of every token generated before
 * @param frequencyPenalty subtracted from the logit of a token for each time it was generated
 * @param penaltyDecay factor on the counts behind the frequency penalty with every token, so that
 *     old uses weigh less; 1 forgets nothing
 * @param logitBias added to the logits of some tokens
 * @param bannedTokens never drawn
 * @param seed the same seed, options and logits give the same tokens
 */
public record SamplingOptions(
    double temperature,
    int topK,
    double topP,
    double minP,
    double presencePenalty,
    double frequencyPenalty,
    double penaltyDecay,
    Map<Integer, Float> logitBias,
    Set<Integer> bannedTokens,
    long seed) {

  /**
   * Checks the ranges.
   *
   * @throws InputException naming the option that is out of its range
   */
  public SamplingOptions {
    require(temperature >= 0 && temperature <= 100, "temperature", "in [0, 100]", temperature);
    require(topK >= 0, "top-k", "at 0 or above", topK);
    require(topP > 0 && topP <= 1, "top-p", "in (0, 1]", topP);
    require(minP >= 0 && minP <= 1, "min-p", "in [0, 1]", minP);
    requirePenalty("presence penalty", presencePenalty);
    requirePenalty("frequency penalty", frequencyPenalty);
    require(penaltyDecay >= 0 && penaltyDecay <= 1, "penalty decay", "in [0, 1]", penaltyDecay);
    for (float bias : logitBias.values()) {
      require(Math.abs(bias) <= 1000, "logit bias", "in [-1000, 1000]", bias);
    }
    logitBias = Map.copyOf(logitBias);
    bannedTokens = Set.copyOf(bannedTokens);
  }

  /**
   * Draws from the model's own probabilities: temperature 1, no filters, no penalties, seed 0.
   *
   * @return options with which tokens are drawn from the probabilities of the model itself
   */
  public static SamplingOptions defaults() {
    return new SamplingOptions(1, 0, 1, 0, 0, 0, 0.996, Map.of(), Set.of(), 0);
  }

  /** {@return always the most probable token} */
  public static SamplingOptions greedy() {
    return defaults().withTemperature(0);
  }

  /**
   * {@return what suits conversations with the published models: top-p 0.3 and penalties of 0.5}
   */
  public static SamplingOptions chat() {
    return defaults().withTopP(0.3).withPresencePenalty(0.5).withFrequencyPenalty(0.5);
  }

  /**
   * {@return these options with another temperature}
   *
   * @param value what logits are divided by; 0 always takes the most probable token
   */
  public SamplingOptions withTemperature(double value) {
    return new SamplingOptions(
        value,
        topK,
        topP,
        minP,
        presencePenalty,
        frequencyPenalty,
        penaltyDecay,
        logitBias,
        bannedTokens,
        seed);
  }

  /**
   * {@return these options with another top-k}
   *
   * @param value how many of the most probable tokens may be drawn; 0 for all
   */
  public SamplingOptions withTopK(int value) {
    return new SamplingOptions(
        temperature,
        value,
        topP,
        minP,
        presencePenalty,
        frequencyPenalty,
        penaltyDecay,
        logitBias,
        bannedTokens,
        seed);
  }

  /**
   * {@return these options with another top-p}
   *
   * @param value the least share of the probability that the tokens to draw from have together; 1
   *     for all
   */
  public SamplingOptions withTopP(double value) {
    return new SamplingOptions(
        temperature,
        topK,
        value,
        minP,
        presencePenalty,
        frequencyPenalty,
        penaltyDecay,
        logitBias,
        bannedTokens,
        seed);
  }

  /**
   * {@return these options with another min-p}
   *
   * @param value the least probability, as a share of that of the most probable token; 0 for all
   */
  public SamplingOptions withMinP(double value) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        value,
        presencePenalty,
        frequencyPenalty,
        penaltyDecay,
        logitBias,
        bannedTokens,
        seed);
  }

  /**
   * {@return these options with another presence penalty}
   *
   * @param value taken from the logits of tokens that were drawn before; 0 for none
   */
  public SamplingOptions withPresencePenalty(double value) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        value,
        frequencyPenalty,
        penaltyDecay,
        logitBias,
        bannedTokens,
        seed);
  }

  /**
   * {@return these options with another frequency penalty}
   *
   * @param value taken from the logit of a token as often as it was drawn; 0 for none
   */
  public SamplingOptions withFrequencyPenalty(double value) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        presencePenalty,
        value,
        penaltyDecay,
        logitBias,
        bannedTokens,
        seed);
  }

  /**
   * {@return these options with another decay of the counts behind the frequency penalty}
   *
   * @param value what the counts are multiplied by with each token; 1 keeps them
   */
  public SamplingOptions withPenaltyDecay(double value) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        presencePenalty,
        frequencyPenalty,
        value,
        logitBias,
        bannedTokens,
        seed);
  }

  /**
   * {@return these options with other biases}
   *
   * @param value what is added to the logits of tokens, by id
   */
  public SamplingOptions withLogitBias(Map<Integer, Float> value) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        presencePenalty,
        frequencyPenalty,
        penaltyDecay,
        value,
        bannedTokens,
        seed);
  }

  /**
   * {@return these options with other tokens that are never drawn}
   *
   * @param value ids of the vocabulary
   */
  public SamplingOptions withBannedTokens(Set<Integer> value) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        presencePenalty,
        frequencyPenalty,
        penaltyDecay,
        logitBias,
        value,
        seed);
  }

  /**
   * {@return these options with another seed}
   *
   * @param value of the random numbers; the same seed draws the same tokens
   */
  public SamplingOptions withSeed(long value) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        presencePenalty,
        frequencyPenalty,
        penaltyDecay,
        logitBias,
        bannedTokens,
        value);
  }

  private static void requirePenalty(String name, double penalty) {
    require(Math.abs(penalty) <= 100, name, "in [-100, 100]", penalty);
  }

  private static void require(boolean holds, String option, String range, Number found) {
    if (!holds) {
      throw new InputException("%s must lie %s, found %s".formatted(option, range, found));
    }
  }
}
