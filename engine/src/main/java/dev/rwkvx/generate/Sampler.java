package dev.rwkvx.generate;

import dev.rwkvx.InputException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Draws tokens as {@link SamplingOptions} say, and remembers them for the penalties. For one
 * generation at a time; allocates nothing per token.
 */
public final class Sampler {
  private final SamplingOptions options;
  private final RandomGenerator random;
  private final Occurrences occurrences;
  private final MostProbable mostProbable;
  private final List<Map.Entry<Integer, Float>> biases;
  private final int[] banned;
  private final int vocabulary;

  /** By id: the probability relative to the most probable token. */
  private final double[] probabilities;

  /** Ids that may be drawn come first. */
  private final int[] candidates;

  /**
   * A sampler that has drawn nothing yet, with its own random numbers.
   *
   * @param options the way to draw; equal options draw equal tokens from equal logits
   * @param vocabulary length of the logits
   * @throws InputException when a bias or ban names a token outside the vocabulary
   */
  public Sampler(SamplingOptions options, int vocabulary) {
    this.options = options;
    this.vocabulary = vocabulary;
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(options.seed());
    occurrences = new Occurrences(vocabulary);
    probabilities = new double[vocabulary];
    candidates = new int[vocabulary];
    mostProbable = new MostProbable(probabilities, candidates);
    biases = List.copyOf(options.logitBias().entrySet());
    banned = options.bannedTokens().stream().mapToInt(Integer::intValue).toArray();
    options.logitBias().keySet().forEach(id -> check("logit bias", id));
    options.bannedTokens().forEach(id -> check("banned tokens", id));
  }

  private void check(String option, int id) {
    if (id < 0 || id >= vocabulary) {
      throw new InputException(
          "%s: token id %d is outside the model's vocabulary 0 … %d"
              .formatted(option, id, vocabulary - 1));
    }
  }

  /** Forgets the tokens drawn so far; the random numbers go on. */
  public void forgetTokens() {
    occurrences.clear();
  }

  /**
   * Draws a token.
   *
   * @param logits one per token of the vocabulary; changed by the call
   * @return the id of the token, which counts for the penalties from now on
   * @throws InputException when no token is left to draw, because all are banned or the logits are
   *     not numbers
   */
  public int sample(float[] logits) {
    occurrences.penalize(logits, options.presencePenalty(), options.frequencyPenalty());
    for (Map.Entry<Integer, Float> bias : biases) {
      logits[bias.getKey()] += bias.getValue();
    }
    for (int id : banned) {
      logits[id] = Float.NEGATIVE_INFINITY;
    }
    int best = best(logits);
    int token = options.temperature() == 0 ? best : draw(logits, logits[best]);
    occurrences.add(token, options.penaltyDecay());
    return token;
  }

  /** The lowest id of those with the largest logit. */
  private int best(float[] logits) {
    int best = -1;
    float max = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < vocabulary; id++) {
      if (logits[id] > max) {
        max = logits[id];
        best = id;
      }
    }
    if (best < 0 || max == Float.POSITIVE_INFINITY) {
      throw new InputException(
          "No token can be drawn: the model's logits are not finite numbers, or all are banned");
    }
    return best;
  }

  private int draw(float[] logits, float max) {
    int count = 0;
    double total = 0;
    double least = options.minP();
    for (int id = 0; id < vocabulary; id++) {
      double probability = Math.exp(logits[id] - max);
      // Not for NaN.
      if (probability > 0) {
        probabilities[id] = probability;
        total += probability;
        if (probability >= least) {
          candidates[count++] = id;
        }
      }
    }
    if (options.topP() < 1) {
      // Tokens below this share do not reach 1 − top-p even together: all others suffice.
      count = dropBelow((1 - options.topP()) * total / vocabulary, count);
    }
    int most = options.topK() == 0 ? count : Math.min(options.topK(), count);
    if (most < count || options.topP() < 1) {
      count = mostProbable.select(count, most, options.topP() * total);
    }
    return draw(logits, max, count);
  }

  private int dropBelow(double least, int count) {
    int left = 0;
    for (int i = 0; i < count; i++) {
      int id = candidates[i];
      if (probabilities[id] >= least) {
        candidates[left++] = id;
      }
    }
    return left;
  }

  private int draw(float[] logits, float max, int count) {
    double temperature = options.temperature();
    double total = 0;
    for (int i = 0; i < count; i++) {
      int id = candidates[i];
      if (temperature != 1) {
        probabilities[id] = Math.exp((logits[id] - max) / temperature);
      }
      total += probabilities[id];
    }
    double left = random.nextDouble() * total;
    for (int i = 0; i < count; i++) {
      left -= probabilities[candidates[i]];
      if (left < 0) {
        return candidates[i];
      }
    }
    // Rounding only: the sum above was larger by its last bit.
    return candidates[0];
  }

  /** The tokens drawn so far and how often, fading. */
  private static final class Occurrences {
    private final float[] counts;
    private final boolean[] seen;
    private final int[] tokens;
    private int size;

    Occurrences(int vocabulary) {
      counts = new float[vocabulary];
      seen = new boolean[vocabulary];
      tokens = new int[vocabulary];
    }

    void penalize(float[] logits, double presence, double frequency) {
      for (int i = 0; i < size; i++) {
        int token = tokens[i];
        logits[token] -= (float) (presence + frequency * counts[token]);
      }
    }

    void add(int token, double decay) {
      for (int i = 0; i < size; i++) {
        counts[tokens[i]] *= (float) decay;
      }
      if (!seen[token]) {
        seen[token] = true;
        tokens[size++] = token;
      }
      counts[token]++;
    }

    void clear() {
      Arrays.fill(counts, 0);
      Arrays.fill(seen, false);
      size = 0;
    }
  }
}
