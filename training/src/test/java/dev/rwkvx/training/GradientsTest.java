package dev.rwkvx.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.ScalarKernels;
import dev.rwkvx.model.Config;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gradients against differences of a float64 model, at odd sizes and at all kinds of borders. */
class GradientsTest {
  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 5e-4;

  /** What float32 leaves of a gradient that is zero. */
  private static final double FLOOR = 1e-4;

  /** Elements of a tensor that are compared. */
  private static final int SAMPLES = 5;

  @ParameterizedTest(name = "C {0}, head {1}, {2}+{3} blocks, chunk {4}, top {5}, {6}×{7} tokens")
  @CsvSource({
    // Odd sizes, no sparse block, one token, one sequence.
    "15, 5, 2, 0, 4, 3, 1, 1, 2048",
    "15, 5, 2, 0, 4, 3, 1, 7, 2048",
    "24, 12, 1, 1, 4, 3, 3, 1, 2048",
    // Around the border of chunks and runs.
    "24, 12, 2, 1, 4, 2, 1, 16, 2048",
    "24, 12, 2, 1, 4, 2, 3, 17, 2048",
    "24, 12, 2, 1, 5, 1, 1, 21, 2048",
    "20, 20, 2, 2, 3, 3, 1, 33, 2048",
    // Several segments.
    "24, 12, 2, 1, 4, 3, 1, 50, 16",
    "24, 12, 2, 1, 4, 3, 3, 37, 48"
  })
  void agreeWithDifferences(
      int c,
      int head,
      int rwkv,
      int sparse,
      int chunk,
      int topK,
      int sequences,
      int length,
      int segmentRows) {
    Config config = new Config(19, c, head, rwkv, sparse, chunk, topK);
    TokenBatch batch = Models.batch(config, sequences, length, 7);
    check(config, batch, segmentRows);
  }

  /** Across the borders of sequences, segments and parts, with more taps than tokens. */
  @ParameterizedTest
  @CsvSource({"1, 1, 9, 2048", "3, 1, 21, 2048", "3, 2, 70, 32", "5, 2, 3, 2048", "5, 3, 37, 48"})
  void keyConvolution(int width, int sequences, int length, int segmentRows) {
    Config config = new Config(19, 24, 12, 2, 1, 4, 3).withKeyWidth(width);
    check(config, Models.batch(config, sequences, length, 7), segmentRows);
  }

  @ParameterizedTest
  @CsvSource({"2048", "16"})
  void clearedStates(int segmentRows) {
    Config config = new Config(19, 24, 12, 2, 1, 4, 2);
    TokenBatch batch =
        Models.batch(config, 2, 40, 7).withResets(Resets.at(0, 5, 6, 32), Resets.at(39));
    check(config, batch, segmentRows);
  }

  /** With cleared states, which go back to the initial ones, in the middle and between segments. */
  @ParameterizedTest
  @CsvSource({"15, 5, 2, 0, 1, 7, 2048", "24, 12, 2, 1, 2, 24, 48"})
  void initialStates(
      int c, int head, int rwkv, int sparse, int sequences, int length, int segmentRows) {
    Config config = new Config(19, c, head, rwkv, sparse, 4, 2);
    Resets[] resets = {Resets.at(5), Resets.at(16, 23)};
    TokenBatch batch =
        Models.batch(config, sequences, length, 7).withResets(Arrays.copyOf(resets, sequences));
    Parameters parameters = InitialStatesTest.tuned(Models.random(config, 3), 4);
    check(parameters, batch, segmentRows, _ -> true);
  }

  /** With states that go to others than that of a new sequence, which get no gradient. */
  @ParameterizedTest
  @CsvSource({"15, 5, 2, 0, 1, 7, 2048", "24, 12, 2, 1, 2, 24, 48"})
  void oldStates(
      int c, int head, int rwkv, int sparse, int sequences, int length, int segmentRows) {
    Config config = new Config(19, c, head, rwkv, sparse, 4, 2);
    Resets[] resets = {
      new Resets(new int[] {2, 5}, new int[] {2, 0}),
      new Resets(new int[] {0, 16}, new int[] {1, 2})
    };
    TokenBatch batch =
        Models.batch(config, sequences, length, 7).withResets(Arrays.copyOf(resets, sequences));
    SplittableRandom random = new SplittableRandom(5);
    float[][] states = new float[rwkv][2 * c * head];
    for (float[] state : states) {
      for (int i = 0; i < state.length; i++) {
        state[i] = (float) random.nextDouble(-1, 1);
      }
    }
    Parameters parameters = InitialStatesTest.tuned(Models.random(config, 3), 4);
    check(parameters, batch, segmentRows, _ -> true, new OldStates(states));
  }

  /** On matrices of all kinds: large, low-rank, embedding and head. */
  @ParameterizedTest
  @CsvSource({"2048", "16"})
  void adapters(int segmentRows) {
    Config config = new Config(19, 24, 12, 2, 1, 4, 2);
    TokenBatch batch = Models.batch(config, 1, 19, 7);
    Parameters parameters = AdaptersTest.adapted(Models.random(config, 3), _ -> true, 4);
    check(parameters, batch, segmentRows, Adapters::isAdapter);
  }

  private static void check(Config config, TokenBatch batch, int segmentRows) {
    check(Models.random(config, 3), batch, segmentRows, _ -> true);
  }

  private static void check(
      Parameters parameters, TokenBatch batch, int segmentRows, Predicate<String> trained) {
    check(parameters, batch, segmentRows, trained, OldStates.NONE);
  }

  private static void check(
      Parameters parameters,
      TokenBatch batch,
      int segmentRows,
      Predicate<String> trained,
      OldStates oldStates) {
    TrainingOptions options = TrainingOptions.defaults().withSegmentRows(segmentRows);
    // Every third prediction is masked, the others count differently.
    TokenWeights weights = (_, position, _) -> position % 3 == 2 ? 0f : 1f + 0.1f * position;
    try (RwkvXGradients model = new RwkvXGradients(parameters, options, trained, oldStates)) {
      Loss loss = model.accumulate(batch, weights);
      ReferenceModel reference = new ReferenceModel(parameters, oldStates);
      SplittableRandom random = new SplittableRandom(1);
      for (String name : model.gradients().names()) {
        float[] gradient = model.gradients().get(name);
        double[] values = reference.parameters.get(name);
        double[] expected = new double[SAMPLES];
        double[] actual = new double[SAMPLES];
        double largest = FLOOR;
        for (float g : gradient) {
          largest = Math.max(largest, Math.abs(g));
        }
        for (int i = 0; i < SAMPLES; i++) {
          int at = random.nextInt(values.length);
          double before = values[at];
          values[at] = before + STEP;
          double above = reference.loss(batch, loss.weights());
          values[at] = before - STEP;
          double below = reference.loss(batch, loss.weights());
          values[at] = before;
          expected[i] = (above - below) / (2 * STEP);
          actual[i] = gradient[at];
          largest = Math.max(largest, Math.abs(expected[i]));
        }
        for (int i = 0; i < SAMPLES; i++) {
          double error = Math.abs(actual[i] - expected[i]) / largest;
          assertThat(error)
              .as("%s: found %s, expected %s", name, actual[i], expected[i])
              .isLessThan(TOLERANCE);
        }
      }
    }
  }

  /** Long chunks, which are gone through in several spans, and short ones, if all are chosen. */
  @Test
  void doNotDependOnChunksWhereAllAreChosen() {
    Config longChunks = new Config(30, 16, 16, 1, 1, 2100, 2);
    Config shortChunks = new Config(30, 16, 16, 1, 1, 150, 16);
    TokenBatch batch = Models.batch(longChunks, 1, 2400, 7);
    TrainingOptions options = TrainingOptions.defaults();
    float[][] expected = gradients(shortChunks, batch, options);
    float[][] actual = gradients(longChunks, batch, options);
    for (int i = 0; i < expected.length; i++) {
      float largest = (float) FLOOR;
      for (float g : expected[i]) {
        largest = Math.max(largest, Math.abs(g));
      }
      assertThat(actual[i]).containsExactly(expected[i], within(1e-4f * largest));
    }
  }

  @Test
  void doNotDependOnThreads() {
    Config config = new Config(70, 24, 12, 2, 1, 16, 2);
    TokenBatch batch = Models.batch(config, 3, 70, 7);
    TrainingOptions options = TrainingOptions.defaults().withSegmentRows(48);
    float[][] one = gradients(config, batch, options.withThreads(1));
    assertThat(gradients(config, batch, options.withThreads(2))).isDeepEqualTo(one);
    assertThat(gradients(config, batch, options.withThreads(3))).isDeepEqualTo(one);
  }

  @Test
  void doNotDependOnKernels() {
    Config config = new Config(70, 30, 15, 2, 1, 16, 2);
    TokenBatch batch = Models.batch(config, 2, 37, 7);
    Kernels scalar = new ScalarKernels();
    TrainingOptions options = TrainingOptions.defaults();
    assertThat(gradients(config, batch, options))
        .isDeepEqualTo(gradients(config, batch, options.withKernels(scalar)));
  }

  private static float[][] gradients(Config config, TokenBatch batch, TrainingOptions options) {
    try (RwkvXGradients model = new RwkvXGradients(Models.random(config, 3), options)) {
      model.accumulate(batch, TokenWeights.EQUAL);
      return model.gradients().names().stream()
          .map(name -> model.gradients().get(name))
          .toArray(float[][]::new);
    }
  }
}
