package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.InputException;
import dev.rwkvx.model.Ablation;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.CacheOptions.Spill;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedPrefixesTest {
  @TempDir private Path folder;

  /** A trunk with branches at many places, equal prompts, and prompts that others begin with. */
  private static List<int[]> prompts() {
    SplittableRandom random = new SplittableRandom(3);
    int[] trunk = random.ints(900, 0, 256).toArray();
    List<int[]> prompts = new ArrayList<>();
    for (int place : new int[] {1, 39, 40, 300, 301, 700, 899, 900}) {
      prompts.add(Arrays.copyOf(trunk, place));
      for (int i = 0; i < 2; i++) {
        int[] branch = Arrays.copyOf(trunk, place + 30 + 300 * i);
        for (int at = place; at < branch.length; at++) {
          branch[at] = random.nextInt(256);
        }
        prompts.add(branch);
      }
    }
    prompts.add(prompts.get(4).clone());
    prompts.add(prompts.get(4).clone());
    prompts.add(new int[] {7});
    return prompts;
  }

  private static int[] alone(RwkvX model, State state, int[] prompt, int count) {
    float[] logits = new float[256];
    model.forward(prompt, 0, prompt.length, state, logits);
    int[] answer = new int[count];
    for (int i = 0; i < count; i++) {
      answer[i] = Prompt.mostProbable(logits);
      model.forward(answer, i, i + 1, state, logits);
    }
    return answer;
  }

  @Test
  void everyPromptIsAnsweredAsIfItWereAlone() {
    try (RwkvX model = Models.hybrid()) {
      List<Subject> subjects =
          List.of(
              Models.subject(model),
              new Subject(
                  model,
                  Models.BYTES,
                  CacheOptions.exact().with(new Bounded(200, 100, 20, 4)),
                  new Ablation(false, 64)),
              new Subject(
                  model,
                  Models.BYTES,
                  CacheOptions.exact().with(new Spill(folder)),
                  new Ablation(true, 0)));
      for (Subject subject : subjects) {
        List<int[]> expected = new ArrayList<>();
        for (int[] prompt : prompts()) {
          try (State state = subject.newState()) {
            expected.add(alone(model, state, prompt, 3));
          }
        }
        for (int batch : new int[] {1, 3, 100}) {
          List<Prompt.Greedy> prompts =
              prompts().stream().map(p -> new Prompt.Greedy(p, 3, Prompt.END)).toList();
          List<Prompt.Greedy> finished = new ArrayList<>();
          long[] progress = new long[2];
          subject
              .reader(batch)
              .read(
                  prompts,
                  finished::addAll,
                  (tokens, all) -> {
                    assertThat(tokens).isGreaterThan(progress[0]);
                    progress[0] = tokens;
                    progress[1] = all;
                  });
          assertThat(finished).containsExactlyInAnyOrderElementsOf(prompts);
          for (int i = 0; i < prompts.size(); i++) {
            assertThat(prompts.get(i).answer()).isEqualTo(expected.get(i));
          }
          assertThat(progress[0]).isEqualTo(progress[1]);
          int naive = prompts().stream().mapToInt(p -> p.length).sum();
          assertThat(progress[1]).isLessThan(naive * 2 / 3);
        }
      }
    }
  }

  @Test
  void anAnswerEndsWithItsLastTokenAndIsForcedWhereItIsGiven() {
    try (RwkvX model = Models.hybrid()) {
      int[] prompt = {1, 2, 3};
      State state = model.newState();
      int[] own = alone(model, state, prompt, 4);
      Prompt.Greedy ended = new Prompt.Greedy(prompt, 4, own[2]);
      Prompt.Forced forced = new Prompt.Forced(prompt, own);
      int[] other = own.clone();
      other[3] ^= 1;
      Prompt.Forced wrong = new Prompt.Forced(prompt, other);
      PromptReader reader = Models.subject(model).reader(2);
      reader.read(List.of(ended, forced, wrong), _ -> {}, EvaluationListener.NONE);
      int length = 0;
      while (own[length] != own[2]) {
        length++;
      }
      assertThat(ended.answer()).isEqualTo(Arrays.copyOf(own, length));
      assertThat(forced.isGreedy()).isTrue();
      assertThat(wrong.isGreedy()).isFalse();
      double expected = 0;
      State again = model.newState();
      float[] logits = new float[256];
      model.forward(prompt, 0, 3, again, logits);
      for (int i = 0; i < own.length; i++) {
        double sum = 0;
        for (float logit : logits) {
          sum += Math.exp(logit);
        }
        expected += logits[own[i]] - Math.log(sum);
        model.forward(own, i, i + 1, again, logits);
      }
      assertThat(forced.logProbability()).isCloseTo(expected, within(1e-5));
    }
  }

  @Test
  void tokensOutsideTheVocabularyAreNamed() {
    try (RwkvX model = Models.hybrid()) {
      Prompt.Greedy bad = new Prompt.Greedy(new int[] {1, 256, 1}, 1, Prompt.END);
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() ->
              Models.subject(model).reader(1).read(List.of(bad), _ -> {}, EvaluationListener.NONE))
          .withMessageContaining("256");
    }
  }
}
