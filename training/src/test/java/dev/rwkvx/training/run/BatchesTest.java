package dev.rwkvx.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.training.Resets;
import dev.rwkvx.training.TokenWeights;
import dev.rwkvx.training.data.CubicSamples;
import dev.rwkvx.training.data.TokenFile;
import dev.rwkvx.training.run.Batches.Weighted;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchesTest {
  private static final RunConfig.Resets OFTEN = new RunConfig.Resets(0.5, 3, 7, List.of("old"));

  @TempDir private Path folder;

  private static RunConfig.Data data(int batch, int accumulate) {
    return new RunConfig.Data(
        List.of("d"),
        null,
        RunConfig.Sampler.CUBIC,
        2,
        Runs.CONTEXT,
        batch,
        accumulate,
        null,
        null);
  }

  @Test
  void sequencesAndTheirResetsDoNotDependOnHowTheyAreBatched() throws IOException {
    try (TokenFile stream = TokenFile.open(Runs.stream(folder, "data"))) {
      CubicSamples samples = new CubicSamples(stream, Runs.CONTEXT, 1);
      Batches large = new Batches(samples, data(4, 1), 0, OFTEN, 9);
      Batches small = new Batches(samples, data(1, 2), 0, OFTEN, 9);
      int cleared = 0;
      for (int step = 0; step < 50; step++) {
        Weighted whole = large.of(step).getFirst();
        for (int i = 0; i < 4; i++) {
          Weighted one = small.of(2 * step + i / 2).get(i % 2);
          int from = i * Runs.CONTEXT;
          assertThat(one.tokens().inputs())
              .isEqualTo(Arrays.copyOfRange(whole.tokens().inputs(), from, from + Runs.CONTEXT));
          assertThat(one.tokens().resets()[0]).isEqualTo(whole.tokens().resets()[i]);
          cleared += one.tokens().resets()[0].positions().length > 0 ? 1 : 0;
        }
      }
      assertThat(cleared).isBetween(70, 130);
    }
  }

  @Test
  void theSequencesOfAllRanksAreThoseOfOneWithALargerBatch() throws IOException {
    try (TokenFile stream = TokenFile.open(Runs.stream(folder, "data"))) {
      CubicSamples samples = new CubicSamples(stream, Runs.CONTEXT, 1);
      Batches alone = new Batches(samples, data(6, 2), 0, OFTEN, 9);
      RunConfig.Data shared =
          new RunConfig.Data(
              List.of("d"), null, RunConfig.Sampler.CUBIC, 2, Runs.CONTEXT, 2, 2, 3, null);
      for (int step = 0; step < 10; step++) {
        for (int i = 0; i < 2; i++) {
          Weighted whole = alone.of(step).get(i);
          for (int rank = 0; rank < 3; rank++) {
            Weighted part = new Batches(samples, shared, rank, OFTEN, 9).of(step).get(i);
            int from = rank * 2 * Runs.CONTEXT;
            assertThat(part.tokens().inputs())
                .isEqualTo(
                    Arrays.copyOfRange(whole.tokens().inputs(), from, from + 2 * Runs.CONTEXT));
            assertThat(part.tokens().resets())
                .isEqualTo(Arrays.copyOfRange(whole.tokens().resets(), 2 * rank, 2 * rank + 2));
          }
        }
      }
    }
  }

  @Test
  void resetsKeepTheirDistancesAndGoToEveryState() throws IOException {
    try (TokenFile stream = TokenFile.open(Runs.stream(folder, "data"))) {
      CubicSamples samples = new CubicSamples(stream, Runs.CONTEXT, 1);
      Batches batches =
          new Batches(samples, data(40, 1), 0, new RunConfig.Resets(1, 3, 7, List.of("a", "b")), 1);
      int[] found = new int[3];
      for (Resets resets : batches.of(0).getFirst().tokens().resets()) {
        int[] positions = resets.positions();
        Arrays.stream(resets.states()).forEach(state -> found[state]++);
        int before = 0;
        for (int position : positions) {
          assertThat(position - before).isBetween(3, 7);
          before = position;
        }
        assertThat(before).isBetween(Runs.CONTEXT - 7, Runs.CONTEXT - 1);
      }
      int all = Arrays.stream(found).sum();
      assertThat(Arrays.stream(found).boxed())
          .allSatisfy(count -> assertThat(count).isBetween(all / 4, all / 2));
      Batches none = new Batches(samples, data(40, 1), 0, new RunConfig.Resets(0, 3, 7, null), 1);
      assertThat(none.of(0).getFirst().tokens().resets()).containsOnly(Resets.NONE).hasSize(40);
    }
  }

  @Test
  void weightsMultiplyThoseOfLongCe() throws IOException {
    try (TokenFile stream = TokenFile.open(Runs.stream(folder, "data"))) {
      Weighted batch = Batches.plain(new CubicSamples(stream, Runs.CONTEXT, 1), 0, 2);
      batch.weights()[Runs.CONTEXT + 3] = 0;
      batch.weights()[4] = 7;
      TokenWeights weights = batch.times((_, _, loss) -> 10 * loss, 2);

      assertThat(batch.count()).isEqualTo(2 * Runs.CONTEXT - 1);
      assertThat(weights.weight(1, 3, 1)).isZero();
      assertThat(weights.weight(0, 3, 1)).isEqualTo(20);
      assertThat(weights.weight(0, 4, 1)).isEqualTo(140);
      assertThat(batch.weight()).isEqualTo(2 * Runs.CONTEXT - 1 + 6);
    }
  }
}
