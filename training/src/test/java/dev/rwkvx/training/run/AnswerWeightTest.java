package dev.rwkvx.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import dev.rwkvx.training.RwkvXGradients;
import dev.rwkvx.training.TokenWeights;
import dev.rwkvx.training.TrainingOptions;
import dev.rwkvx.training.data.Corpus;
import dev.rwkvx.training.data.CubicSamples;
import dev.rwkvx.training.data.DatasetBuilder;
import dev.rwkvx.training.data.DatasetOptions;
import dev.rwkvx.training.data.PackedSamples;
import dev.rwkvx.training.data.Samples;
import dev.rwkvx.training.data.TokenFile;
import dev.rwkvx.training.run.Batches.Weighted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From answers in texts to what they weigh in a gradient. */
class AnswerWeightTest {
  private static final int CONTEXT = 24;
  private static final double WEIGHT = 5;

  @TempDir private Path folder;

  /** Texts in which every digit, and nothing else, belongs to an answer. */
  private Path stream() throws IOException {
    SplittableRandom random = new SplittableRandom(4);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      String before = "Say ".repeat(random.nextInt(1, 5));
      int number = random.nextInt(10, 1000);
      int to = before.length() + String.valueOf(number).length();
      lines.append(
          "{\"text\":\"%s%d, and no more\",\"answers\":[[%d,%d]]}\n"
              .formatted(before, number, before.length(), to));
    }
    Path file = Files.writeString(folder.resolve("texts.jsonl"), lines);
    Path prefix = folder.resolve("weighted");
    new DatasetBuilder(
            Corpus.of(List.of(file), "text", null),
            new Tokenizer(Vocabulary.bytes()),
            new DatasetOptions(true, 1, 2, Long.MAX_VALUE, 0),
            (_, _, _, _) -> {})
        .build(prefix);
    return prefix;
  }

  private static boolean isAnswer(int target) {
    return target >= '0' && target <= '9';
  }

  private RwkvXGradients model() {
    return new RwkvXGradients(
        Runs.load(Runs.model(folder, 256, _ -> {})),
        TrainingOptions.defaults().withThreads(1),
        _ -> true);
  }

  private static Map<String, float[]> gradient(
      RwkvXGradients model, Weighted batch, TokenWeights weights) {
    model.gradients().clear();
    model.accumulate(batch.tokens(), weights);
    Map<String, float[]> copy = new HashMap<>();
    for (String name : model.gradients().names()) {
      float[] values = model.gradients().of(name);
      copy.put(name, values == null ? new float[0] : values.clone());
    }
    return copy;
  }

  @Test
  void answersWeighWInEverySampler() throws IOException {
    try (TokenFile stream = TokenFile.open(stream())) {
      for (Samples samples :
          List.of(
              new CubicSamples(stream, CONTEXT, 5), new PackedSamples(stream, CONTEXT, 2, 3, 5))) {
        int answers = 0;
        int others = 0;
        for (long i = 0; i < samples.size(); i++) {
          int[] tokens = new int[CONTEXT + 1];
          float[] weights = new float[CONTEXT];
          samples.read(i, tokens, weights);
          for (int t = 0; t < CONTEXT; t++) {
            boolean answer = isAnswer(tokens[t + 1]);
            assertThat(weights[t]).isIn(0f, answer ? 5f : 1f);
            answers += weights[t] == 5 ? 1 : 0;
            others += weights[t] == 1 ? 1 : 0;
          }
        }
        assertThat(answers).isGreaterThan(30);
        assertThat(others).isGreaterThan(300);
      }
    }
  }

  @Test
  void aTokenOfWeightWGivesWTimesItsGradient() throws IOException {
    try (TokenFile stream = TokenFile.open(stream());
        RwkvXGradients model = model()) {
      Samples samples = new PackedSamples(stream, CONTEXT, 2, 0, (float) WEIGHT);
      Weighted batch = Batches.plain(samples, 0, 3);
      int[] targets = batch.tokens().targets();
      TokenWeights answers =
          (sequence, position, _) -> isAnswer(targets[sequence * CONTEXT + position]) ? 1 : 0;
      TokenWeights counted =
          (sequence, position, _) -> batch.weights()[sequence * CONTEXT + position] > 0 ? 1 : 0;

      Map<String, float[]> weighted = gradient(model, batch, batch.times(TokenWeights.EQUAL, 1));
      Map<String, float[]> plain = gradient(model, batch, counted);
      Map<String, float[]> ofAnswers = gradient(model, batch, answers);
      Map<String, float[]> ofNothing = gradient(model, batch, (_, _, _) -> 0);

      float[] head = weighted.getOrDefault("rwkv.head.weight", new float[0]);
      assertThat(head).isNotEmpty();
      weighted.forEach((name, gradient) -> {
        double worst = 0;
        for (int i = 0; i < gradient.length; i++) {
          double more = (WEIGHT - 1) * (ofAnswers.get(name)[i] - ofNothing.get(name)[i]);
          double error = Math.abs((double) gradient[i] - plain.get(name)[i] - more);
          worst = Math.max(worst, error / (1e-5 + 1e-3 * Math.abs(more)));
        }
        assertThat(worst).as(name).isLessThan(1);
      });
      double difference = 0;
      for (int i = 0; i < head.length; i++) {
        difference += Math.abs(head[i] - plain.get("rwkv.head.weight")[i]);
      }
      assertThat(difference).isGreaterThan(0.1);
    }
  }

  private Map<String, Object> options(Object... more) throws IOException {
    Runs.model(folder, 256, _ -> {});
    Map<String, Object> options = Runs.options(folder, "data.answer_weight", WEIGHT);
    options.put("data.files", List.of(stream().toString()));
    for (int i = 0; i < more.length; i += 2) {
      options.put((String) more[i], more[i + 1]);
    }
    return options;
  }

  @Test
  void theLossOfAStepIsDividedByTheSumOfWeights() throws IOException {
    RunConfig config = Runs.config(Recipe.PRETRAIN, options("budget.steps", 1));
    List<String[]> metrics = Runs.train(config, folder.resolve("run"));

    try (TokenFile stream = TokenFile.open(stream());
        RwkvXGradients model = model()) {
      Weighted batch = Batches.plain(new CubicSamples(stream, CONTEXT, 1), 0, 2);
      float[] losses = model.losses(batch.tokens());
      double weighted = 0;
      double weights = 0;
      double plain = 0;
      for (int i = 0; i < losses.length; i++) {
        double weight = isAnswer(batch.tokens().targets()[i]) ? WEIGHT : 1;
        weighted += weight * losses[i];
        weights += weight;
        plain += losses[i] / losses.length;
      }
      assertThat(weights).isGreaterThan(losses.length);
      assertThat(Runs.loss(metrics, 0)).isCloseTo(weighted / weights, within(1e-4));
      assertThat(Double.parseDouble(metrics.getFirst()[3])).isCloseTo(plain, within(1e-4));
    }
  }

  @Test
  void weightsMultiplyWithLongCeAndAnInterruptedRunEndsWithTheSameBits() throws IOException {
    Map<String, Object> options =
        options("long_ce.trunc", 5, "long_ce.interval", 4, "budget.steps", 5);
    RunConfig config = Runs.config(Recipe.LONG, options);
    List<String> expected = Runs.numbers(Runs.train(config, folder.resolve("whole")));
    Path parts = folder.resolve("parts");
    List<TrainingRun> stopped = new ArrayList<>();
    RunListener stopper =
        new RunListener() {
          @Override
          public void step(StepMetrics metrics) {
            stopped.getFirst().stop();
          }
        };
    try (TrainingRun run = TrainingRun.begin(config, parts, stopper)) {
      stopped.add(run);
      assertThat(run.run()).isFalse();
    }
    try (TrainingRun run = TrainingRun.resume(config, parts, new RunListener() {})) {
      assertThat(run.run()).isTrue();
    }
    assertThat(Runs.numbers(Runs.metrics(parts))).isEqualTo(expected);
    assertThat(parts.resolve("model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("whole/model.safetensors"));

    options.put("data.answer_weight", 1);
    List<String> unweighted =
        Runs.numbers(Runs.train(Runs.config(Recipe.LONG, options), folder.resolve("unweighted")));
    assertThat(unweighted).isNotEqualTo(expected);
  }

  @Test
  void anAnswerWeightBesideLongCeIsWarnedOf() throws IOException {
    assertThat(warnings(5.0, true)).singleElement().asString().contains("LongCE").contains("5.0");
    assertThat(warnings(1.0, true)).isEmpty();
    assertThat(warnings(5.0, false)).isEmpty();
  }

  private List<String> warnings(double weight, boolean longCe) throws IOException {
    Map<String, Object> options = options("long_ce.trunc", 5, "long_ce.interval", 4);
    options.put("data.answer_weight", weight);
    options.put("long_ce.enabled", longCe);
    List<String> warnings = new ArrayList<>();
    RunListener listener =
        new RunListener() {
          @Override
          public void warning(String sentence) {
            warnings.add(sentence);
          }
        };
    Path run = folder.resolve("run-%s-%s".formatted(weight, longCe));
    TrainingRun.begin(Runs.config(Recipe.LONG, options), run, listener).close();
    return warnings;
  }

  @Test
  void weightsWithoutAnswersAreRefused() throws IOException {
    RunConfig plain = Runs.config(folder, "data.answer_weight", 2);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Runs.train(plain, folder.resolve("run")))
        .withMessageContaining("data.answer_weight is 2.0, but beside")
        .withMessageContaining("no .weights file");
    for (Object wrong : Arrays.asList(0, -1, 1e7)) {
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> Runs.config(folder, "data.answer_weight", wrong))
          .withMessageContaining("data.answer_weight is");
    }
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(
            () -> Runs.config(folder, "data.answer_weight", 2, "data.sampler", "conversations"))
        .withMessageContaining("nothing but answers counts");
  }
}
