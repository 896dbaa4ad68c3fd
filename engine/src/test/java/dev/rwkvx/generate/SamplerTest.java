package dev.rwkvx.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.rwkvx.InputException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final SamplingOptions OPTIONS = SamplingOptions.defaults();
  private static final float[] SOME = {0, 1, 3, 2, 3, -5};

  @Test
  void temperatureZeroTakesTheLowestOfTheBest() {
    assertThat(sampler(SamplingOptions.greedy()).sample(SOME.clone())).isEqualTo(2);
  }

  @Test
  void topKOfOneIsGreedyWhateverTheTemperature() {
    Sampler sampler = sampler(OPTIONS.withTopK(1).withTemperature(50));
    for (int i = 0; i < 100; i++) {
      assertThat(sampler.sample(SOME.clone())).isEqualTo(2);
    }
  }

  @Test
  void drawsWithTheProbabilitiesOfTheModel() {
    assertFrequencies(OPTIONS, softmax(SOME, 1));
  }

  @Test
  void theTemperatureReshapesTheProbabilities() {
    assertFrequencies(OPTIONS.withTemperature(2.5), softmax(SOME, 2.5));
    assertFrequencies(OPTIONS.withTemperature(0.4), softmax(SOME, 0.4));
  }

  @Test
  void filtersLookAtTheProbabilitiesBeforeTheTemperature() {
    double[] expected = new double[6];
    expected[2] = expected[4] = 0.5;
    assertFrequencies(OPTIONS.withTopP(0.7).withTemperature(20), expected);
  }

  @Test
  void theSameSeedGivesTheSameTokens() {
    SamplingOptions options = OPTIONS.withTemperature(1.3).withTopP(0.99);
    assertThat(draw(options.withSeed(5), 50)).isEqualTo(draw(options.withSeed(5), 50));
    assertThat(draw(options.withSeed(5), 50)).isNotEqualTo(draw(options.withSeed(6), 50));
  }

  @Test
  void keepsWhatASortWouldKeep() {
    Random random = new Random(12);
    for (int round = 0; round < 300; round++) {
      int vocabulary = 1 + random.nextInt(200);
      float[] logits = new float[vocabulary];
      for (int id = 0; id < vocabulary; id++) {
        // Few values, so that ties are frequent.
        logits[id] = round % 2 == 0 ? random.nextInt(5) : (float) random.nextGaussian();
      }
      int topK = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(vocabulary + 5);
      double topP = random.nextInt(3) == 0 ? 1 : 1 - random.nextDouble();
      double minP = random.nextInt(3) == 0 ? 0 : random.nextDouble();
      Set<Integer> expected = kept(logits, topK, topP, minP);
      SamplingOptions options =
          OPTIONS.withTopK(topK).withTopP(topP).withMinP(minP).withTemperature(100);
      Sampler sampler = new Sampler(options.withSeed(round), vocabulary);
      Set<Integer> drawn = new HashSet<>();
      for (int i = 0; i < 60 * expected.size(); i++) {
        drawn.add(sampler.sample(logits.clone()));
      }
      assertThat(drawn).as("top-k %d, top-p %s, min-p %s", topK, topP, minP).isEqualTo(expected);
    }
  }

  private static Set<Integer> kept(float[] logits, int topK, double topP, double minP) {
    double[] probabilities = softmax(logits, 1);
    double max = Arrays.stream(probabilities).max().orElseThrow();
    List<Integer> order =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparing((Integer id) -> -probabilities[id]))
            .toList();
    Set<Integer> kept = new HashSet<>();
    double sum = 0;
    for (int id : order) {
      boolean enough = sum >= topP - 1e-12 || topK > 0 && kept.size() >= topK;
      if (enough || probabilities[id] < minP * max) {
        break;
      }
      kept.add(id);
      sum += probabilities[id];
    }
    return kept;
  }

  @Test
  void penaltiesGrowWithUseAndFade() {
    SamplingOptions options =
        SamplingOptions.greedy()
            .withPresencePenalty(1)
            .withFrequencyPenalty(2)
            .withPenaltyDecay(0.5);
    Sampler sampler = sampler(options);
    float[] first = {0, 10, 0, 0, 0, 0};
    assertThat(sampler.sample(first)).isEqualTo(1);
    assertThat(first).containsExactly(0, 10, 0, 0, 0, 0);
    float[] second = {0, 10, 0, 0, 0, 0};
    assertThat(sampler.sample(second)).isEqualTo(1);
    assertThat(second).containsExactly(0, 10 - 1 - 2, 0, 0, 0, 0);
    // The count is 1 · 0.5 + 1 now.
    float[] third = {20, 10, 0, 0, 0, 0};
    assertThat(sampler.sample(third)).isEqualTo(0);
    assertThat(third).containsExactly(20, 10 - 1 - 3, 0, 0, 0, 0);
    float[] fourth = {20, 10, 0, 0, 0, 0};
    assertThat(sampler.sample(fourth)).isEqualTo(0);
    assertThat(fourth).containsExactly(20 - 1 - 2, 10 - 1 - 1.5f, 0, 0, 0, 0);
    sampler.forgetTokens();
    float[] fresh = {20, 10, 0, 0, 0, 0};
    sampler.sample(fresh);
    assertThat(fresh).containsExactly(20, 10, 0, 0, 0, 0);
  }

  @Test
  void thePresencePenaltyStaysWhenCountsHaveFaded() {
    Sampler sampler = sampler(SamplingOptions.greedy().withPresencePenalty(1).withPenaltyDecay(0));
    for (int i = 0; i < 3; i++) {
      sampler.sample(new float[] {5, 0, 0, 0, 0, 0});
    }
    float[] logits = {5, 0, 0, 0, 0, 0};
    sampler.sample(logits);
    assertThat(logits[0]).isEqualTo(4);
  }

  @Test
  void biasesAndBansChangeTheChoice() {
    SamplingOptions greedy = SamplingOptions.greedy();
    assertThat(sampler(greedy.withLogitBias(Map.of(5, 9f))).sample(SOME.clone())).isEqualTo(5);
    assertThat(sampler(greedy.withBannedTokens(Set.of(2))).sample(SOME.clone())).isEqualTo(4);
    Sampler sampler = sampler(OPTIONS.withBannedTokens(Set.of(2, 4)).withTemperature(9));
    for (int i = 0; i < 500; i++) {
      assertThat(sampler.sample(SOME.clone())).isNotIn(2, 4);
    }
  }

  @Test
  void refusesWhenNothingCanBeDrawn() {
    float nan = Float.NaN;
    float[][] unusable = {
      {nan, nan, nan, nan, nan, nan}, {0, 0, Float.POSITIVE_INFINITY, 0, 0, 0},
    };
    for (float[] logits : unusable) {
      for (SamplingOptions options : List.of(OPTIONS, SamplingOptions.greedy())) {
        assertThatExceptionOfType(InputException.class)
            .isThrownBy(() -> sampler(options).sample(logits.clone()))
            .withMessageStartingWith("No token can be drawn");
      }
    }
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(
            () -> sampler(OPTIONS.withBannedTokens(Set.of(0, 1, 2, 3, 4, 5))).sample(SOME.clone()));
    assertThat(sampler(OPTIONS).sample(new float[] {nan, nan, nan, 1, nan, nan})).isEqualTo(3);
  }

  @Test
  void refusesTokensOutsideTheVocabulary() {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> sampler(OPTIONS.withBannedTokens(Set.of(6))))
        .withMessage("banned tokens: token id 6 is outside the model's vocabulary 0 … 5");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> sampler(OPTIONS.withLogitBias(Map.of(-1, 1f))));
  }

  @Test
  void drawingAllocatesNothing() {
    SamplingOptions options =
        SamplingOptions.chat().withTopK(500).withMinP(0.001).withLogitBias(Map.of(3, 1f));
    int vocabulary = 5000;
    Sampler sampler = new Sampler(options, vocabulary);
    Random random = new Random(1);
    float[] logits = new float[vocabulary];
    for (int id = 0; id < vocabulary; id++) {
      logits[id] = 3 * (float) random.nextGaussian();
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    sampler.sample(logits);
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 200; i++) {
      sampler.sample(logits);
    }
    assertThat((threads.getCurrentThreadAllocatedBytes() - before) / 200).isLessThan(200);
  }

  private static Sampler sampler(SamplingOptions options) {
    return new Sampler(options, SOME.length);
  }

  private static List<Integer> draw(SamplingOptions options, int count) {
    Sampler sampler = sampler(options);
    return IntStream.range(0, count).mapToObj(i -> sampler.sample(SOME.clone())).toList();
  }

  private static void assertFrequencies(SamplingOptions options, double[] expected) {
    int draws = 40_000;
    double[] found = new double[expected.length];
    for (int token : draw(options, draws)) {
      found[token] += 1.0 / draws;
    }
    // Five standard deviations of the most uncertain frequency.
    assertThat(found).containsExactly(expected, within(5 * Math.sqrt(0.25 / draws)));
  }

  private static double[] softmax(float[] logits, double temperature) {
    double[] probabilities = new double[logits.length];
    Arrays.setAll(probabilities, id -> Math.exp(logits[id] / temperature));
    double sum = Arrays.stream(probabilities).sum();
    return Arrays.stream(probabilities).map(p -> p / sum).toArray();
  }
}
