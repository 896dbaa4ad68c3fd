package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.training.data.Completion;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private final RwkvX model =
      RwkvX.open(
          RandomModel.create(new Config(50, 32, 16, 2, 1, 4, 2), WeightType.F32, 1),
          ModelOptions.defaults());

  /** What the model says, one token at a time. */
  private int[] own(int[] prompt, int count) {
    int[] completion = new int[count];
    float[] logits = new float[50];
    try (State state = model.newState()) {
      model.forward(prompt, 0, prompt.length, state, logits);
      for (int i = 0; i < count; i++) {
        int best = 0;
        for (int id = 0; id < logits.length; id++) {
          best = logits[id] > logits[best] ? id : best;
        }
        completion[i] = best;
        model.forward(completion, i, i + 1, state, logits);
      }
    }
    return completion;
  }

  @Test
  void countsTokensInTheirPlaceForAnyBatch() {
    int[] prompt = {3, 1, 4, 1, 5, 9, 2, 6};
    int[] wrong = own(prompt, 6);
    wrong[4] = (wrong[4] + 1) % 50;
    List<Completion> items =
        List.of(
            new Completion(prompt, own(prompt, 6)),
            new Completion(new int[] {7}, own(new int[] {7}, 3)),
            new Completion(prompt, wrong));
    // Behind the wrong token the model goes on from another text than its own.
    int after =
        own(IntStream.concat(Arrays.stream(prompt), Arrays.stream(wrong, 0, 5)).toArray(), 1)[0];
    long predicted = 6 + 3 + 4 + (after == wrong[5] ? 1 : 0);
    for (int batch = 1; batch <= 4; batch++) {
      assertThat(Answers.measure(model, items, batch, _ -> {}))
          .isEqualTo(new Answers(3, 2, 15, 14, predicted));
    }
    model.close();
  }
}
