package dev.rwkvx.training.ranks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RanksTest {
  private static final int[] LENGTHS = {1, 700, 64, 3, 0, 129, 5000, 31};

  /** Numbers of very different sizes, so that their order shows in the sum. */
  private static List<float[]> gradients(int rank, int step) {
    SplittableRandom random = new SplittableRandom(100L * step + rank);
    List<float[]> gradients = new ArrayList<>();
    for (int length : LENGTHS) {
      float[] gradient = new float[length];
      for (int i = 0; i < length; i++) {
        gradient[i] = (float) ((random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(9)));
      }
      gradients.add(gradient);
    }
    return gradients;
  }

  private static List<float[]> sums(int size, int step) {
    List<float[]> sums = gradients(0, step);
    for (int rank = 1; rank < size; rank++) {
      List<float[]> more = gradients(rank, step);
      for (int k = 0; k < sums.size(); k++) {
        for (int i = 0; i < sums.get(k).length; i++) {
          sums.get(k)[i] += more.get(k)[i];
        }
      }
    }
    return sums;
  }

  @ParameterizedTest
  @CsvSource({"1, 64", "2, 64", "3, 64", "3, 37", "5, 1000000"})
  void gradientsAreAddedInTheOrderOfTheRanksOnAllOfThem(int size, int bucket) throws Exception {
    int steps = 3;
    List<List<List<float[]>>> results =
        ThreadTransport.runRaw(
            size,
            transport -> {
              GradientSum sum = new GradientSum(transport, bucket);
              List<List<float[]>> all = new ArrayList<>();
              for (int step = 0; step < steps; step++) {
                List<float[]> gradients = gradients(transport.rank(), step);
                sum.add(gradients.subList(0, 3));
                sum.add(List.of());
                sum.add(gradients.subList(3, 7));
                sum.add(gradients.subList(7, 8));
                sum.finish();
                all.add(gradients);
              }
              return all;
            });
    for (List<List<float[]>> ofRank : results) {
      for (int step = 0; step < steps; step++) {
        List<float[]> expected = sums(size, step);
        for (int k = 0; k < LENGTHS.length; k++) {
          assertThat(ofRank.get(step).get(k)).isEqualTo(expected.get(k));
        }
      }
    }
  }

  @Test
  void allHearWhatEachSaysAndWhatTheFirstHas() throws Exception {
    record Heard(long[][] all, double[] sums, boolean some, boolean none, float[] values) {}
    List<Heard> heard =
        ThreadTransport.run(
            3,
            ranks -> {
              int rank = ranks.rank();
              float[] values = {rank, rank + 0.5f};
              ranks.broadcast(values);
              return new Heard(
                  ranks.all(rank, -rank),
                  ranks.sums(new double[] {1e16, 1, -1e16}[rank], rank),
                  ranks.any(rank == 2),
                  ranks.any(false),
                  values);
            });
    for (Heard one : heard) {
      assertThat(one.all).isDeepEqualTo(new long[][] {{0, 0}, {1, -1}, {2, -2}});
      assertThat(one.sums).containsExactly((1e16 + 1) - 1e16, 3);
      assertThat(one.some).isTrue();
      assertThat(one.none).isFalse();
      assertThat(one.values).containsExactly(0, 0.5f);
    }
  }

  @Test
  void aProcessAloneAgreesWithItself() {
    Ranks alone = Ranks.alone();
    float[] values = {1, 2};
    alone.broadcast(values);
    alone.gradients().add(List.of(values));
    alone.gradients().finish();

    assertThat(values).containsExactly(1, 2);
    assertThat(alone.all(7, 8)).isDeepEqualTo(new long[][] {{7, 8}});
    assertThat(alone.sums(0.1)).containsExactly(0.1);
    assertThat(alone.any(true)).isTrue();
    assertThat(alone.isFirst()).isTrue();
  }
}
