package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;

/**
 * How close the predictions of a model are to those of another, such as a quantised one to its
 * original, over one text.
 *
 * @param tokens positions that were compared
 * @param divergence mean Kullback–Leibler divergence from the original's distribution, in nats
 * @param sameChoice share of positions with the same most probable token
 * @param largestDifference of any logit
 * @param rmsDifference root mean square over all logits
 */
public record Agreement(
    int tokens,
    double divergence,
    double sameChoice,
    float largestDifference,
    double rmsDifference) {
  /** Tokens that are read at a time. */
  private static final int PIECE = 64;

  /**
   * Reads the tokens with both models, from empty states.
   *
   * @param model the one to judge
   * @param original the one that is right
   * @param tokens ids of both vocabularies, at least two
   * @return how far the two are apart
   * @throws InputException when the models have different vocabularies
   */
  public static Agreement measure(RwkvX model, RwkvX original, int[] tokens) {
    int v = original.config().vocabulary();
    if (model.config().vocabulary() != v) {
      throw new InputException(
          "%s has %d token ids and %s has %d; expected the same vocabulary"
              .formatted(model.path(), model.config().vocabulary(), original.path(), v));
    }
    float[] expected = new float[PIECE * v];
    Sums sums = new Sums(v);
    try (State state = model.newState();
        State reference = original.newState()) {
      for (int at = 0; at < tokens.length; at += PIECE) {
        int end = Math.min(at + PIECE, tokens.length);
        original.forwardAll(
            tokens,
            at,
            end,
            reference,
            (first, count, logits) -> System.arraycopy(logits, 0, expected, first * v, count * v));
        model.forwardAll(
            tokens,
            at,
            end,
            state,
            (first, count, logits) -> {
              for (int row = 0; row < count; row++) {
                sums.add(expected, (first + row) * v, logits, row * v);
              }
            });
      }
    }
    return sums.mean(tokens.length);
  }

  private static final class Sums {
    private final int v;
    private double divergence;
    private int same;
    private float largest;
    private double squares;

    Sums(int v) {
      this.v = v;
    }

    void add(float[] p, int pAt, float[] q, int qAt) {
      int pBest = 0;
      int qBest = 0;
      for (int i = 0; i < v; i++) {
        pBest = p[pAt + i] > p[pAt + pBest] ? i : pBest;
        qBest = q[qAt + i] > q[qAt + qBest] ? i : qBest;
        float difference = Math.abs(p[pAt + i] - q[qAt + i]);
        largest = Math.max(largest, difference);
        squares += (double) difference * difference;
      }
      same += pBest == qBest ? 1 : 0;
      double pMax = p[pAt + pBest];
      double qMax = q[qAt + qBest];
      double pSum = 0;
      double qSum = 0;
      double cross = 0;
      for (int i = 0; i < v; i++) {
        double weight = Math.exp(p[pAt + i] - pMax);
        pSum += weight;
        qSum += Math.exp(q[qAt + i] - qMax);
        cross += weight * ((p[pAt + i] - pMax) - (q[qAt + i] - qMax));
      }
      divergence += cross / pSum - Math.log(pSum) + Math.log(qSum);
    }

    Agreement mean(int tokens) {
      double rms = Math.sqrt(squares / ((double) tokens * v));
      return new Agreement(tokens, divergence / tokens, (double) same / tokens, largest, rms);
    }
  }
}
