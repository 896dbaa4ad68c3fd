package dev.rwkvx.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.training.Growth.Start;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sparse blocks inserted into RWKV-7. */
class GrowthTest {
  private static final int CHUNK = 16;
  private static final Config CONFIG = new Config(90, 64, 32, 4, 0, CHUNK, 3);

  private static Checkpoint grow(Checkpoint in, int blocks, Start start) {
    return grow(in, blocks, start, 0);
  }

  private static Checkpoint grow(Checkpoint in, int blocks, Start start, int keyWidth) {
    OptionalInt chunk = OptionalInt.of(CHUNK);
    return Growth.grow(in, new Growth.Sparse(blocks, chunk, OptionalInt.of(2), keyWidth), start, 7);
  }

  /** Across several chunks, read at once and token by token. */
  @ParameterizedTest
  @CsvSource({
    "F32, 1, ZERO, 0",
    "F32, 2, ZERO, 0",
    "BF16, 4, ZERO, 0",
    "F32, 2, ZERO, 3",
    "BF16, 2, EXPAND, 0",
    "F32, 2, EXPAND, 5"
  })
  void zeroOutputsKeepEveryBitOfTheLogits(WeightType type, int blocks, Start start, int keyWidth) {
    Checkpoint old = RandomModel.create(CONFIG, type, 5);
    Checkpoint grown = grow(old, blocks, start, keyWidth);
    int[] tokens = Models.batch(CONFIG, 1, 5 * CHUNK + 3, 6).inputs();
    ModelOptions options = ModelOptions.defaults();
    try (RwkvX before = RwkvX.open(old, options);
        RwkvX after = RwkvX.open(grown, options)) {
      assertThat(after.config().sparseBlocks()).isEqualTo(blocks);
      assertThat(after.config().keyWidth()).isEqualTo(keyWidth);
      float[] expected = prefill(before, tokens);
      assertThat(prefill(after, tokens)).isEqualTo(expected);
      assertThat(decode(after, tokens)).isEqualTo(expected);
    }
  }

  private static float[] prefill(RwkvX model, int[] tokens) {
    int v = model.config().vocabulary();
    float[] all = new float[tokens.length * v];
    model.forwardAll(
        tokens,
        0,
        tokens.length,
        model.newState(),
        (first, count, logits) -> System.arraycopy(logits, 0, all, first * v, count * v));
    return all;
  }

  private static float[] decode(RwkvX model, int[] tokens) {
    int v = model.config().vocabulary();
    float[] all = new float[tokens.length * v];
    float[] logits = new float[v];
    State state = model.newState();
    for (int t = 0; t < tokens.length; t++) {
      model.forward(tokens, t, t + 1, state, logits);
      System.arraycopy(logits, 0, all, t * v, v);
    }
    return all;
  }

  @Test
  void copyTakesTheBlockInFront() {
    Checkpoint old = RandomModel.create(CONFIG, WeightType.F16, 5);
    Checkpoint grown = grow(old, 2, Start.COPY);
    for (String name :
        new String[] {
          "att.receptance.weight",
          "att.key.weight",
          "att.value.weight",
          "att.output.weight",
          "ffn.x_k",
          "ffn.key.weight",
          "ffn.value.weight"
        }) {
      for (int j = 0; j < 2; j++) {
        String copy = "moba." + j + "." + name;
        String source = "blocks." + (2 * j + 1) + "." + name;
        assertThat(grown.tensor(copy).toFloats()).isEqualTo(old.tensor(source).toFloats());
        assertThat(grown.type(copy)).isEqualTo(DType.F16);
        assertThat(grown.shape(copy)).isEqualTo(old.shape(source));
      }
    }
    assertThat(grown.tensor("moba.1.ln1.weight").toFloats()).containsOnly(1f);
    assertThat(grown.tensor("moba.1.ln2.bias").toFloats()).containsOnly(0f);
  }

  /** All but the outputs, as LLaMA Pro does. */
  @Test
  void expandTakesTheBlockInFrontWithItsOutputsZero() {
    Checkpoint old = RandomModel.create(CONFIG, WeightType.F32, 5);
    Checkpoint grown = grow(old, 2, Start.EXPAND, 3);
    assertThat(grown.tensor("moba.1.att.key.weight").toFloats())
        .isEqualTo(old.tensor("blocks.3.att.key.weight").toFloats());
    assertThat(grown.tensor("moba.1.ffn.key.weight").toFloats())
        .isEqualTo(old.tensor("blocks.3.ffn.key.weight").toFloats());
    assertThat(grown.tensor("moba.1.att.output.weight").toFloats()).containsOnly(0f);
    assertThat(grown.tensor("moba.1.ffn.value.weight").toFloats()).containsOnly(0f);
    assertThat(grown.tensor("moba.1.att.key_conv").toFloats()).hasSize(3 * 64).containsOnly(0f);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ZERO", "COPY", "EXPAND"})
  void theRestStaysAsItWas(Start start) {
    Checkpoint old = RandomModel.create(CONFIG, WeightType.BF16, 5);
    Checkpoint grown = grow(old, 2, start);
    for (String name : old.names()) {
      assertThat(grown.type("rwkv." + name)).isEqualTo(old.type(name));
      assertThat(grown.shape("rwkv." + name)).isEqualTo(old.shape(name));
      assertThat(grown.tensor("rwkv." + name).data().mismatch(old.tensor(name).data()))
          .isEqualTo(-1);
    }
    assertThat(grown.names())
        .allMatch(name -> name.startsWith("rwkv.") || name.startsWith("moba."));
    assertThat(grown.type("moba.0.att.key.weight")).isEqualTo(DType.BF16);
    assertThat(grown.metadata())
        .containsEntry(ModelShape.CHUNK_SIZE_KEY, "16")
        .containsEntry(ModelShape.TOP_K_KEY, "2");
  }

  @Test
  void inMemory() {
    Parameters old = Models.random(CONFIG, 5);
    Parameters grown = Growth.grow(old, Growth.Sparse.of(2), Start.ZERO, 7);
    assertThat(grown.config()).isEqualTo(new Config(90, 64, 32, 4, 2, CHUNK, 3));
    TokenBatch batch = Models.batch(CONFIG, 2, 40, 1);
    TrainingOptions options = TrainingOptions.defaults();
    try (RwkvXGradients before = new RwkvXGradients(old, options);
        RwkvXGradients after = new RwkvXGradients(grown, options)) {
      assertThat(after.losses(batch)).isEqualTo(before.losses(batch));
    }
  }

  @Test
  void impossibleGrowthSaysWhatIsPossible() {
    Checkpoint old = RandomModel.create(CONFIG, WeightType.F32, 5);
    assertRefused(old, 3, "4 RWKV-7 blocks, over which 3 sparse blocks", "expected 1, 2, 4");
    assertRefused(old, 0, "0 sparse blocks");
    assertRefused(grow(old, 2, Start.ZERO), 2, "is an RWKV-X model already", "2 sparse blocks");
    assertRefused(RandomModel.create(CONFIG, WeightType.Q8, 5), 2, "cannot grow", "is U8");
  }

  private static void assertRefused(Checkpoint in, int blocks, String... reasons) {
    assertThatThrownBy(() -> grow(in, blocks, Start.ZERO))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll(reasons);
  }
}
