package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.math.WeightType;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Hidden states have the same bits however the text is read, and reading them changes no logit. */
class HiddenTest {
  private static final Config CONFIG = new Config(131, 64, 32, 3, 1, 40, 2);
  private static final int LENGTH = 600;

  private final int[] tokens =
      new SplittableRandom(3).ints(LENGTH, 0, CONFIG.vocabulary()).toArray();

  @Test
  void piecesGiveTheSameBits() {
    try (RwkvX model =
        RwkvX.open(RandomModel.create(CONFIG, WeightType.F32, 1), ModelOptions.defaults())) {
      float[] atOnce = new float[LENGTH * CONFIG.embedding()];
      State state = model.newState();
      read(model, state, 0, LENGTH, atOnce);
      float[] inPieces = new float[atOnce.length];
      State other = model.newState();
      for (int at = 0, size = 1; at < LENGTH; at += size, size += 7) {
        read(model, other, at, Math.min(LENGTH, at + size), inPieces);
      }
      assertThat(inPieces).isEqualTo(atOnce);
      assertThat(after(model, state)).isEqualTo(logits(model));
    }
  }

  private void read(RwkvX model, State state, int from, int to, float[] hidden) {
    int c = CONFIG.embedding();
    model.hiddenAll(
        tokens,
        from,
        to,
        state,
        (first, count, rows) -> System.arraycopy(rows, 0, hidden, (from + first) * c, count * c));
  }

  /** The logits after one more token. */
  private static float[] after(RwkvX model, State state) {
    float[] logits = new float[CONFIG.vocabulary()];
    model.forward(new int[] {5}, 0, 1, state, logits);
    return logits;
  }

  private float[] logits(RwkvX model) {
    State state = model.newState();
    model.forward(tokens, 0, LENGTH, state, new float[CONFIG.vocabulary()]);
    return after(model, state);
  }
}
