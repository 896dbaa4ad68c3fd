package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.InputException;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Losses over texts. */
class LossTest {
  private static RwkvX model;

  @TempDir private Path folder;

  @BeforeAll
  static void open() {
    model = Models.hybrid();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static byte[] text(int length, long seed) {
    byte[] text = new byte[length];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < length; i++) {
      text[i] = (byte) random.nextInt('a', 'z' + 1);
    }
    return text;
  }

  /** Token by token: the loss of each after the first, and 0 for that. */
  private static double[] losses(byte[] text, int from, int to) {
    double[] losses = new double[to - from];
    int[] tokens = Models.BYTES.encode(text);
    float[] logits = new float[256];
    State state = model.newState();
    for (int i = from; i < to - 1; i++) {
      model.forward(tokens, i, i + 1, state, logits);
      double sum = 0;
      for (float logit : logits) {
        sum += Math.exp(logit);
      }
      losses[i + 1 - from] = Math.log(sum) - logits[tokens[i + 1]];
    }
    return losses;
  }

  private static double sum(double[] values, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i];
    }
    return sum;
  }

  @Test
  void positionsFallIntoTheirBins() {
    Texts texts = new Texts(List.of(text(300, 1), text(299, 2), text(450, 3), text(310, 4)));
    LongLoss.Options options = new LongLoss.Options(300, 2, 64, true);
    assertThat(options.ends()).containsExactly(64, 128, 256, 300);
    LongLoss evaluation = new LongLoss(Models.subject(model), texts, options);
    Report report = evaluation.run(Journal.inMemory(), EvaluationListener.NONE);
    double[] first = losses(texts.documents().get(0), 0, 300);
    double[] second = losses(texts.documents().get(2), 0, 300);
    int[] ends = {0, 64, 128, 256, 300};
    assertThat(report.table().rows()).hasSize(4);
    for (int bin = 0; bin < 4; bin++) {
      List<String> row = report.table().rows().get(bin);
      int count = 2 * (ends[bin + 1] - ends[bin]) - (bin == 0 ? 2 : 0);
      assertThat(row.subList(0, 3)).containsExactly("" + ends[bin], "" + ends[bin + 1], "" + count);
      double expected =
          (sum(first, ends[bin], ends[bin + 1]) + sum(second, ends[bin], ends[bin + 1])) / count;
      assertThat(Double.parseDouble(row.get(3))).isCloseTo(expected, within(1e-5));
    }
    assertThat(new LongLoss.Options(300, 1, 100, false).ends()).containsExactly(100, 200, 300);
    assertThat(new LongLoss.Options(50, 1, 64, true).ends()).containsExactly(50);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() ->
            new LongLoss(Models.subject(model), texts, new LongLoss.Options(451, 2, 64, true)))
        .withMessageContaining("No document has 451 tokens, the longest has 450");
  }

  @Test
  void everyTokenButTheVeryFirstCountsOnce() throws IOException {
    byte[] one = text(250, 5);
    byte[] other = text(100, 6);
    Texts texts = new Texts(List.of(one, new byte[] {'x'}, other));
    long[] progress = new long[2];
    Report report =
        new Perplexity(Models.subject(model), texts, 100)
            .run(
                Journal.inMemory(),
                (tokens, all) -> {
                  progress[0] = tokens;
                  progress[1] = all;
                });
    double expected =
        sum(losses(one, 0, 101), 0, 101)
            + sum(losses(one, 100, 201), 0, 101)
            + sum(losses(one, 200, 250), 0, 50);
    double all = expected + sum(losses(other, 0, 100), 0, 100);
    assertThat(report.summary()).containsEntry("tokens", 348L).containsEntry("bytes", 348L);
    assertThat((double) report.summary().get("loss")).isCloseTo(all / 348, within(1e-5));
    assertThat((double) report.summary().get("bits_per_byte"))
        .isCloseTo(all / 348 / Math.log(2), within(1e-5));
    assertThat(report.table().rows()).hasSize(2);
    assertThat(report.table().rows().get(0).subList(0, 3)).containsExactly("1", "249", "249");
    assertThat(progress).containsExactly(348, 348);
    Perplexity.Window alone = Perplexity.of(Models.subject(model), one, 100);
    assertThat(alone.tokens()).isEqualTo(249);
    assertThat(alone.mean()).isCloseTo(expected / 249, within(1e-5));
  }

  @Test
  void textsComeFromFilesOfAllKinds() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "one\n\ntwo");
    Path lines =
        Files.writeString(folder.resolve("b.jsonl"), "{\"text\": \"x\"}\n{\"text\": \"\"}\n");
    Texts texts = Texts.read(List.of(text, lines), Long.MAX_VALUE);
    assertThat(texts.joined()).isEqualTo("one\n\ntwo\n\nx");
    assertThat(texts.first(1).documents()).hasSize(1);
    assertThat(Texts.read(List.of(folder), 2).documents()).hasSize(1);
    assertThat(texts.fingerprint()).isNotEqualTo(texts.first(1).fingerprint());
    Path empty = Files.writeString(folder.resolve("c.txt"), "");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Texts.read(List.of(empty), Long.MAX_VALUE))
        .withMessageContaining("c.txt: no text in there");
  }
}
