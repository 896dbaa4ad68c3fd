package dev.rwkvx.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.evaluation.Perplexity;
import dev.rwkvx.evaluation.Subject;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.model.Ablation;
import dev.rwkvx.model.CacheOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ScoreCommandTest {
  @TempDir Path folder;

  @Test
  void measuresWhatTheEvaluationMeasures() throws IOException {
    Path model = Fixture.model(folder);
    Path corpus = Fixture.corpus(folder);
    Path out = folder.resolve("scores");
    Path other = folder.resolve("other");

    Fixture.Ran ran = score(model, corpus, out, 2);
    assertThat(ran.err()).isEmpty();
    assertThat(score(model, corpus, other, 5).out()).isEqualTo(ran.out());

    Map<Integer, JsonNode> rows = Fixture.byId(out);
    assertThat(rows).hasSize(Fixture.ROWS).isEqualTo(Fixture.byId(other));
    double loss = 0;
    long tokens = 0;
    try (TextModel opened = Fixture.open(model)) {
      Subject subject =
          new Subject(opened.model(), opened.tokenizer(), CacheOptions.exact(), Ablation.NONE);
      for (int i = 0; i < Fixture.ROWS; i++) {
        byte[] text = Fixture.prompt(i).getBytes(StandardCharsets.UTF_8);
        Perplexity.Window expected = Perplexity.of(subject, text, 10);
        JsonNode row = rows.get(i);
        assertThat(row.get("tokens").longValue()).isEqualTo(text.length - 1);
        assertThat(row.get("bytes").longValue()).isEqualTo(text.length - 1);
        assertThat(row.get("loss").doubleValue()).isEqualTo(expected.loss() / (text.length - 1));
        assertThat(row.get("perplexity").doubleValue()).isEqualTo(expected.perplexity());
        assertThat(row.get("bits_per_byte").doubleValue()).isEqualTo(expected.bitsPerByte());
        loss += expected.loss();
        tokens += expected.tokens();
      }
    }
    JsonNode found = Fixture.JSON.readTree(out.resolve("_summary.json"));
    assertThat(found.get("loss").doubleValue()).isCloseTo(loss / tokens, within(1e-9));
    assertThat(found.get("tokens").longValue()).isEqualTo(tokens);
    assertThat(ran.out()).contains("loss: " + found.get("loss").doubleValue());
  }

  private static Fixture.Ran score(Path model, Path corpus, Path out, int partitions) {
    return Fixture.run(
        "score",
        "--model",
        model,
        "--vocab",
        "byte",
        "--in",
        corpus,
        "--out",
        out,
        "--master",
        "local[2]",
        "--text-field",
        "prompt",
        "--context",
        10,
        "--partitions",
        partitions);
  }
}
