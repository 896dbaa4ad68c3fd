package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.math.WeightType;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a state reads in a batch gives the same bits as what it reads alone. */
class BatchTest {
  private static final Config CONFIG = new Config(131, 64, 32, 3, 1, 40, 2);

  private static int[] tokens(SplittableRandom random, int count) {
    return random.ints(count, 0, CONFIG.vocabulary()).toArray();
  }

  @ParameterizedTest
  @EnumSource(WeightType.class)
  void raggedBatchesGiveTheSameBits(WeightType type) {
    try (RwkvX model = RwkvX.open(RandomModel.create(CONFIG, type, 1), ModelOptions.defaults())) {
      SplittableRandom random = new SplittableRandom(2);
      List<State> together = new ArrayList<>();
      List<State> alone = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        together.add(model.newState());
        alone.add(model.newState());
      }
      // Prompts that fill several pieces, decoding steps, and both at once.
      int[][] rounds = {
        {1, 700, 3, 40, 512, 1, 2, 39, 5},
        {1, 1, 1, 1, 1, 1, 1, 1, 1},
        {1, 1, 90, 1, 1, 600, 1, 1, 1},
        {1, 1, 1, 1},
        {1}
      };
      for (int[] lengths : rounds) {
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
          int[] tokens = tokens(random, lengths[i] + 2);
          float[] logits = new float[CONFIG.vocabulary()];
          runs.add(new Run(together.get(i), tokens, 1, 1 + lengths[i], logits));
        }
        model.forward(runs);
        for (int i = 0; i < lengths.length; i++) {
          float[] expected = new float[CONFIG.vocabulary()];
          Run run = runs.get(i);
          model.forward(run.tokens(), run.from(), run.to(), alone.get(i), expected);
          assertThat(run.logits()).as("run %d of %d", i, lengths.length).isEqualTo(expected);
          assertThat(together.get(i).position()).isEqualTo(alone.get(i).position());
        }
      }
    }
  }

  @Test
  void badTokensLeaveAllStatesAlone() {
    try (RwkvX model =
        RwkvX.open(RandomModel.create(CONFIG, WeightType.F32, 1), ModelOptions.defaults())) {
      State good = model.newState();
      State bad = model.newState();
      float[] logits = new float[CONFIG.vocabulary()];
      List<Run> runs =
          List.of(
              new Run(good, new int[] {1, 2}, 0, 2, logits),
              new Run(bad, new int[] {CONFIG.vocabulary()}, 0, 1, logits));
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> model.forward(runs))
          .withMessageContaining("131");
      assertThat(good.position()).isZero();
      Run twice = new Run(good, new int[] {1}, 0, 1, logits);
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> model.forward(List.of(twice, twice)));
    }
  }
}
