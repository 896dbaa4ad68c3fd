package dev.rwkvx.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.model.Config;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The weights are those of each window read on its own. */
class LongCeTest {
  private static final Config CONFIG = new Config(30, 24, 12, 1, 1, 8, 2);

  @ParameterizedTest
  @CsvSource({"9, 5, 40, 2", "16, 16, 40, 1", "20, 7, 40, 2", "39, 3, 40, 1", "3, 2, 1, 1"})
  void windows(int trunc, int interval, int length, int sequences) {
    float cap = 1.2f;
    TokenBatch batch = Models.batch(CONFIG, sequences, length, 4);
    try (RwkvXGradients model =
        new RwkvXGradients(Models.random(CONFIG, 2), TrainingOptions.defaults())) {
      TokenWeights weights = new LongCe(trunc, interval, cap).weights(model, batch);
      float[] full = model.losses(batch);
      for (int sequence = 0; sequence < sequences; sequence++) {
        float[] expected = new float[length];
        Arrays.fill(expected, 1f);
        for (int start = trunc; start < length - trunc; start += interval) {
          int end = Math.min(start + trunc + interval, length);
          float[] shortLosses = model.losses(window(batch, sequence, start, end));
          for (int t = start + trunc; t < end; t++) {
            double gain = shortLosses[t - start] - full[sequence * length + t];
            expected[t] = (float) Math.min(Math.exp(gain), cap);
          }
        }
        for (int t = 0; t < length; t++) {
          assertThat(weights.weight(sequence, t, full[sequence * length + t]))
              .as("position %d of sequence %d", t, sequence)
              .isEqualTo(expected[t]);
        }
      }
    }
  }

  private static TokenBatch window(TokenBatch batch, int sequence, int start, int end) {
    int from = sequence * batch.length();
    return new TokenBatch(
        1,
        end - start,
        Arrays.copyOfRange(batch.inputs(), from + start, from + end),
        Arrays.copyOfRange(batch.targets(), from + start, from + end));
  }
}
