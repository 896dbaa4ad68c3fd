package dev.rwkvx.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.InputException;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.LowRanks;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** New weights are those of MODEL.md. */
class InitialisationTest {
  private static final int C = 32;
  private static final Config CONFIG = new Config(50, C, 16, 4, 2, 8, 3);
  private static final LowRanks RANKS = new LowRanks(8, 7, 6, 5);

  private final Parameters model = Initialisation.create(CONFIG, RANKS, 3);

  private float[] values(String name) {
    return model.get(name).values();
  }

  /** Channel 0, one in the middle and the last of RWKV-7 block 3 of 4, by hand. */
  @ParameterizedTest
  @CsvSource({
    // t01 = 1, t10 = 1/4; (n/C)^p of n = 0, 8, 31
    "x_r, 0.05, 0, 1",
    "x_w, 0.225, 0, 1",
    "x_k, 0.225, 0.4, 1",
    "x_v, 0.1, 0.6, 1",
    "x_a, 0.225, 0, 1",
    "x_g, 0.05, 0, 1"
  })
  void tokenShift(String name, double exponent, double more, double one) {
    float[] x = values("rwkv.blocks.3.att." + name);
    assertThat(model.get("rwkv.blocks.3.att." + name).shape()).containsExactly(1, 1, C);
    assertThat(x[0]).isEqualTo((float) (one - more));
    assertThat(x[8]).isCloseTo((float) (1 - Math.pow(0.25, exponent) - more), within(1e-6f));
    assertThat(x[31]).isCloseTo((float) (1 - Math.pow(31 / 32.0, exponent) - more), within(1e-6f));
  }

  @Test
  void channels() {
    // Block 0 of 4: t01 = 0, t10 = 1. Block 2: t01 = 2/3, t10 = 1/2.
    assertThat(values("rwkv.blocks.0.att.w0")[0]).isEqualTo(-6.5f);
    assertThat(values("rwkv.blocks.0.att.w0")[31]).isEqualTo(-1.5f);
    assertThat(values("rwkv.blocks.2.att.w0")[10])
        .isCloseTo(
            (float) (-6.5 + 5 * Math.pow(10 / 31.0, 0.85 + Math.sqrt(2 / 3.0))), within(1e-6f));
    assertThat(values("rwkv.blocks.2.ffn.x_k")[16])
        .isCloseTo((float) (1 - Math.pow(0.5, 1 / 16.0)), within(1e-6f));
    assertThat(values("rwkv.blocks.1.att.k_k")).containsOnly(0.85f);
    assertThat(values("rwkv.blocks.1.att.k_a")).containsOnly(1f);
    assertThat(values("rwkv.blocks.1.att.v0")).containsOnly(1f);
    assertThat(values("rwkv.blocks.1.att.a0")).containsOnly(0f);
    assertThat(values("rwkv.blocks.1.att.r_k")).hasSize(C).containsOnly(0f);
    assertThat(values("rwkv.blocks.0.ln0.weight")).containsOnly(1f);
    assertThat(values("rwkv.blocks.0.att.ln_x.bias")).containsOnly(0f);
    assertThat(model.contains("rwkv.blocks.0.att.v0")).isFalse();
    assertThat(model.contains("rwkv.blocks.0.att.v1")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "rwkv.blocks.1.att.receptance.weight, 0.5",
    "rwkv.blocks.1.att.key.weight, 0.05",
    "rwkv.blocks.1.att.value.weight, 0.5",
    "rwkv.blocks.1.att.output.weight, 0",
    "rwkv.blocks.1.ffn.key.weight, 0.5",
    "rwkv.blocks.1.ffn.value.weight, 0",
    "moba.1.att.value.weight, 0.5",
    "moba.1.att.output.weight, 0",
    "moba.1.ffn.key.weight, 0.5",
    "moba.1.ffn.value.weight, 0"
  })
  void matrices(String name, double scale) {
    double bound = scale / Math.sqrt(C);
    float[] w = values(name);
    double mean = 0;
    double square = 0;
    for (float value : w) {
      assertThat(Math.abs(value)).isLessThanOrEqualTo((float) bound);
      mean += value / (double) w.length;
      square += (double) value * value / w.length;
    }
    assertThat(mean).isCloseTo(0, within(0.05 * bound));
    assertThat(Math.sqrt(square)).isCloseTo(bound / Math.sqrt(3), within(0.05 * bound));
  }

  @Test
  void queriesAndKeysOfASparseBlockBeginAsTheSameRotation() {
    float[] w = values("moba.1.att.key.weight");
    assertThat(values("moba.1.att.receptance.weight")).isEqualTo(w);
    assertThat(values("moba.0.att.key.weight")).isNotEqualTo(w);
    for (int i = 0; i < C; i++) {
      for (int j = 0; j < C; j++) {
        double product = 0;
        for (int n = 0; n < C; n++) {
          product += w[i * C + n] * w[j * C + n];
        }
        assertThat(product).isCloseTo(i == j ? 1 : 0, within(1e-5));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "rwkv.blocks.1.att.w, 8",
    "rwkv.blocks.1.att.a, 7",
    "rwkv.blocks.1.att.v, 6",
    "rwkv.blocks.1.att.g, 5"
  })
  void lowRankPairs(String name, int rank) {
    assertThat(model.get(name + "1").shape()).containsExactly(C, rank);
    assertThat(values(name + "1")).containsOnly(0f);
    assertThat(model.get(name + "2").shape()).containsExactly(rank, C);
    assertOrthogonal(values(name + "2"), rank, C, 0.1);
  }

  @Test
  void embeddingAndHead() {
    for (float value : values("rwkv.emb.weight")) {
      assertThat(Math.abs(value)).isLessThanOrEqualTo(1e-4f);
    }
    assertThat(values("rwkv.emb.weight")[5]).isNotZero();
    assertOrthogonal(values("rwkv.head.weight"), 50, C, 0.5 * Math.sqrt(50.0 / C));
    Config small = new Config(20, C, 16, 1, 0, 8, 3);
    Parameters other = Initialisation.create(small, RANKS, 3);
    assertOrthogonal(other.get("head.weight").values(), 20, C, 0.5);
  }

  /** The rows, or the columns of a tall matrix, have this length and are at right angles. */
  private static void assertOrthogonal(float[] matrix, int rows, int columns, double length) {
    boolean tall = rows > columns;
    for (int i = 0; i < Math.min(rows, columns); i++) {
      for (int j = 0; j <= i; j++) {
        double dot = 0;
        for (int k = 0; k < Math.max(rows, columns); k++) {
          dot +=
              tall
                  ? (double) matrix[k * columns + i] * matrix[k * columns + j]
                  : (double) matrix[i * columns + k] * matrix[j * columns + k];
        }
        assertThat(dot / (length * length)).isCloseTo(i == j ? 1 : 0, within(1e-6));
      }
    }
  }

  /** Large enough that several threads work on it. */
  @Test
  void tallMatricesAreOrthogonalToo() {
    float[] matrix = Orthogonal.matrix(6001, 50, 2, new SplittableRandom(1));
    assertOrthogonal(matrix, 6001, 50, 2);
    assertThat(Orthogonal.matrix(6001, 50, 2, new SplittableRandom(1))).isEqualTo(matrix);
  }

  @Test
  void sizesOfLowRankPairs() {
    // round(1.8·√768/32) = round(1.559), round(1.3·√768/32) = round(1.126), 0.6·768^0.8 = 122.0
    assertThat(LowRanks.of(768)).isEqualTo(new LowRanks(64, 64, 32, 128));
    assertThat(LowRanks.of(2560)).isEqualTo(new LowRanks(96, 96, 64, 320));
    assertThat(LowRanks.of(64)).isEqualTo(LowRanks.all(32));
  }

  @Test
  void theSeedDecides() {
    Parameters same = Initialisation.create(CONFIG, RANKS, 3);
    Parameters other = Initialisation.create(CONFIG, RANKS, 4);
    for (Parameters.Parameter parameter : model.all()) {
      assertThat(same.get(parameter.name()).values()).isEqualTo(parameter.values());
    }
    String name = "rwkv.blocks.0.att.key.weight";
    assertThat(other.get(name).values()).isNotEqualTo(values(name));
    assertThat(values("rwkv.blocks.1.att.key.weight")).isNotEqualTo(values(name));
  }

  /** A step of training changes every tensor in time: here those that are not behind a zero. */
  @Test
  void canBeTrained() {
    try (RwkvXGradients gradients = new RwkvXGradients(model, TrainingOptions.defaults())) {
      AdamW optimiser = new AdamW(gradients, AdamW.Options.OFFICIAL);
      TokenBatch batch = Models.batch(CONFIG, 2, 40, 1);
      double first = 0;
      double last = 0;
      for (int step = 0; step < 30; step++) {
        gradients.gradients().clear();
        last = gradients.accumulate(batch, TokenWeights.EQUAL).mean();
        first = step == 0 ? last : first;
        optimiser.step(2e-3);
      }
      assertThat(first).isCloseTo(Math.log(50), within(0.5));
      assertThat(last).isLessThan(0.8 * first);
      assertThat(Arrays.stream(toDoubles(values("moba.1.att.output.weight"))).sum()).isNotZero();
    }
  }

  private static double[] toDoubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  @Test
  void sparseBlocksMustDivideTheOthers() {
    assertThatThrownBy(() -> Initialisation.create(new Config(50, C, 16, 5, 2, 8, 3), 1))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("2 sparse blocks")
        .hasMessageContaining("5 RWKV-7 blocks");
  }
}
