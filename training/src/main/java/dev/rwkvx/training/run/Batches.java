package dev.rwkvx.training.run;

import dev.rwkvx.training.Resets;
import dev.rwkvx.training.TokenBatch;
import dev.rwkvx.training.TokenWeights;
import dev.rwkvx.training.data.Samples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The batches of every step. Sequence i of all that a run ever reads is sample i, and what is
 * random about it depends on the seed and i alone: a run can go on anywhere, and ranks can share
 * them out. The sequences of all ranks in a step are those of one rank with as many times the
 * batch.
 */
final class Batches {
  private final Samples samples;
  private final int batch;
  private final int accumulate;
  private final int rank;
  private final int ranks;
  private final RunConfig.Resets resets;
  private final long seed;

  /**
   * @param rank whose batches these are
   */
  Batches(Samples samples, RunConfig.Data data, int rank, RunConfig.Resets resets, long seed) {
    this.samples = samples;
    this.batch = data.batch();
    this.accumulate = data.accumulate();
    this.rank = rank;
    this.ranks = data.ranks() == null ? 1 : data.ranks();
    this.resets = resets;
    this.seed = seed;
  }

  /**
   * Sequences that are worked on at once.
   *
   * @param weights how much predictions count, placed like the tokens; 0 for not at all
   */
  record Weighted(TokenBatch tokens, float[] weights) {
    /** How many predictions count. */
    long count() {
      long count = 0;
      for (float weight : weights) {
        count += weight > 0 ? 1 : 0;
      }
      return count;
    }

    /** Σ weight. */
    double weight() {
      double sum = 0;
      for (float weight : weights) {
        sum += weight;
      }
      return sum;
    }

    /** The weights times those of {@code base} and {@code scale}. */
    TokenWeights times(TokenWeights base, float scale) {
      return (sequence, position, loss) -> {
        float weight = weights[sequence * tokens.length() + position];
        return weight > 0 ? scale * weight * base.weight(sequence, position, loss) : 0f;
      };
    }
  }

  /**
   * The batches of this rank in one step.
   *
   * @param step from 0
   */
  List<Weighted> of(long step) {
    List<Weighted> batches = new ArrayList<>();
    for (int i = 0; i < accumulate; i++) {
      long number = (step * accumulate + i) * ranks + rank;
      batches.add(read(samples, number * batch, batch, this::resets));
    }
    return batches;
  }

  /** Sequences {@code first …} as they are, without resets. */
  static Weighted plain(Samples samples, long first, int sequences) {
    return read(samples, first, sequences, (_, _) -> Resets.NONE);
  }

  /** Where the states of a sample are replaced. */
  private interface ResetPositions {
    Resets of(long sample, int context);
  }

  private static Weighted read(Samples from, long first, int sequences, ResetPositions resets) {
    int context = from.context();
    int[][] tokens = new int[sequences][context + 1];
    float[] weights = new float[sequences * context];
    float[] row = new float[context];
    Resets[] replaced = new Resets[sequences];
    for (int i = 0; i < sequences; i++) {
      from.read(first + i, tokens[i], row);
      System.arraycopy(row, 0, weights, i * context, context);
      replaced[i] = resets.of(first + i, context);
    }
    return new Weighted(TokenBatch.of(tokens).withResets(replaced), weights);
  }

  /** The positions before which the states of a sample are replaced, and by which others. */
  private Resets resets(long sample, int context) {
    SplittableRandom random =
        new SplittableRandom(seed * 0xD1342543DE82EF95L + sample * 0xAF251AF3B0F025B5L);
    int others = resets.states() == null ? 0 : resets.states().size();
    int[] positions = new int[context];
    int[] states = new int[context];
    int count = 0;
    if (random.nextDouble() < resets.probability()) {
      for (long at = distance(random); at < context; at += distance(random)) {
        states[count] = others == 0 ? 0 : random.nextInt(others + 1);
        positions[count++] = (int) at;
      }
    }
    return new Resets(Arrays.copyOf(positions, count), Arrays.copyOf(states, count));
  }

  private int distance(SplittableRandom random) {
    return random.nextInt(resets.least(), resets.most() + 1);
  }
}
