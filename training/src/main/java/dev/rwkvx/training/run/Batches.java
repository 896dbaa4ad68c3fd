package dev.rwkvx.training.run;

import dev.rwkvx.training.TokenBatch;
import dev.rwkvx.training.TokenWeights;
import dev.rwkvx.training.data.Samples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The batches of every step. Sequence i of all that a run ever reads is sample i, and what is
 * random about it depends on the seed and i alone: a run can go on anywhere.
 */
final class Batches {
  private final Samples samples;
  private final int batch;
  private final int accumulate;
  private final RunConfig.Resets resets;
  private final long seed;

  Batches(Samples samples, RunConfig.Data data, RunConfig.Resets resets, long seed) {
    this.samples = samples;
    this.batch = data.batch();
    this.accumulate = data.accumulate();
    this.resets = resets;
    this.seed = seed;
  }

  /**
   * Sequences that are worked on at once.
   *
   * @param counted which predictions count, placed like the tokens
   */
  record Masked(TokenBatch tokens, boolean[] counted) {
    /** How many predictions count. */
    long count() {
      long count = 0;
      for (boolean counts : counted) {
        count += counts ? 1 : 0;
      }
      return count;
    }

    /** The weights of {@code base} times {@code scale} where predictions count, and 0 elsewhere. */
    TokenWeights weights(TokenWeights base, float scale) {
      return (sequence, position, loss) ->
          counted[sequence * tokens.length() + position]
              ? scale * base.weight(sequence, position, loss)
              : 0f;
    }
  }

  /**
   * The batches of one step.
   *
   * @param step from 0
   */
  List<Masked> of(long step) {
    List<Masked> batches = new ArrayList<>();
    long first = step * accumulate * batch;
    for (int i = 0; i < accumulate; i++) {
      batches.add(read(samples, first + (long) i * batch, batch, this::resets));
    }
    return batches;
  }

  /** Sequences {@code first …} as they are, without resets. */
  static Masked plain(Samples samples, long first, int sequences) {
    return read(samples, first, sequences, (_, _) -> new int[0]);
  }

  /** Where the states of a sample are cleared. */
  private interface ResetPositions {
    int[] of(long sample, int context);
  }

  private static Masked read(Samples from, long first, int sequences, ResetPositions resets) {
    int context = from.context();
    int[][] tokens = new int[sequences][context + 1];
    boolean[] counted = new boolean[sequences * context];
    boolean[] mask = new boolean[context];
    int[][] positions = new int[sequences][];
    for (int i = 0; i < sequences; i++) {
      from.read(first + i, tokens[i], mask);
      System.arraycopy(mask, 0, counted, i * context, context);
      positions[i] = resets.of(first + i, context);
    }
    return new Masked(TokenBatch.of(tokens).withResets(positions), counted);
  }

  /** The positions before which the states of a sample are cleared. */
  private int[] resets(long sample, int context) {
    SplittableRandom random =
        new SplittableRandom(seed * 0xD1342543DE82EF95L + sample * 0xAF251AF3B0F025B5L);
    int[] positions = new int[context];
    int count = 0;
    if (random.nextDouble() < resets.probability()) {
      for (long at = distance(random); at < context; at += distance(random)) {
        positions[count++] = (int) at;
      }
    }
    return Arrays.copyOf(positions, count);
  }

  private int distance(SplittableRandom random) {
    return random.nextInt(resets.least(), resets.most() + 1);
  }
}
