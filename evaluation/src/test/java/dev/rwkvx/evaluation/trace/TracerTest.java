package dev.rwkvx.evaluation.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.gate.GateHit;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.plots.Table;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TracerTest {
  private static final Config CONFIG = new Config(256, 64, 32, 2, 2, 8, 3);
  private static final String NEEDLE = "</script>42";
  private static final String PROMPT =
      "The grass is green. " + NEEDLE + " is the key. " + "There and back again. ".repeat(12);

  @TempDir private Path folder;

  private static Trace trace(Config config, String prompt, Tracer.Options options) {
    Tokenizer tokenizer = new Tokenizer(Vocabulary.bytes());
    try (RwkvX model =
        RwkvX.open(
            RandomModel.create(config, WeightType.F32, 3),
            ModelOptions.defaults().withThreads(2))) {
      return new Tracer(model, tokenizer, options)
          .trace(model.newState(), tokenizer.encode(prompt), (_, _) -> {});
    }
  }

  private static Tracer.Options options(int generate) {
    return new Tracer.Options(generate, 64, Optional.empty(), NEEDLE);
  }

  @Test
  void theTableHasEveryChunkOfEveryQueryOfTheAnswer() {
    Trace trace = trace(CONFIG, PROMPT, options(5));
    Table table = trace.table();
    // At the end there are more finished chunks than a query may choose.
    assertThat(table.rows()).hasSize(5 * 2 * 2 * 3);
    int last = PROMPT.length() - 1;
    assertThat(table.rows().getFirst().getFirst()).isEqualTo(String.valueOf(last));
    assertThat(table.rows().getLast().getFirst()).isEqualTo(String.valueOf(last + 4));
    for (int from = 0; from < table.rows().size(); from += 3) {
      List<List<String>> list = table.rows().subList(from, from + 3);
      assertThat(list.stream().mapToDouble(row -> Double.parseDouble(row.get(5))).sum())
          .isBetween(0.999, 1.001);
      assertThat(list.stream().limit(2).map(row -> row.get(7))).containsExactlyInAnyOrder("1", "2");
      assertThat(list.getLast().subList(6, 9)).containsExactly("", "", "1");
    }
  }

  @Test
  void theGateHitIsThatOfTheTable() {
    Trace trace = trace(CONFIG, PROMPT, options(5));
    GateHit hit = trace.gateHit().orElseThrow();
    // "</script>42" are the bytes 20 to 30.
    assertThat(trace.needle().stream()).containsExactly(2, 3);
    assertThat(hit.queries()).isEqualTo(5);
    long found =
        trace.table().rows().stream()
            .filter(row -> row.get(9).equals("1"))
            .map(row -> row.subList(0, 3))
            .distinct()
            .count();
    assertThat(hit.mean()).isEqualTo(found / 20.0);
  }

  @Test
  void thePageHoldsTheSameDataAndCannotBeBrokenByTexts() throws IOException {
    Trace trace = trace(CONFIG, PROMPT, options(5));
    Path page = folder.resolve("page.html");
    assertThat(trace.write(page)).isEqualTo(folder.resolve("page.csv"));
    String html = Files.readString(page);
    JsonNode data = data(html);
    assertThat(data.path("tokens").asInt()).isEqualTo(PROMPT.length() + 5);
    assertThat(data.path("queries").size()).isEqualTo(5);
    assertThat(data.path("lists").size()).isEqualTo(20);
    assertThat(data.path("pictures").size()).isEqualTo(4);
    StringBuilder text = new StringBuilder();
    data.path("texts").forEach(chunk -> text.append(chunk.asString()));
    assertThat(text.toString()).isEqualTo(PROMPT + trace.answer());
    assertThat(html.split("</script>", -1)).hasSize(3);
    assertThat(html)
        .contains("default-src 'none'")
        .doesNotContain("innerHTML", "src=", "@import", "url(", "style=", "{data}", "-hash}");
  }

  private static JsonNode data(String html) {
    String opening = "<script type=\"application/json\" id=\"data\">";
    int from = html.indexOf(opening) + opening.length();
    return JsonMapper.shared().readTree(html.substring(from, html.indexOf("</script>", from)));
  }

  @Test
  void thePageStaysSmallForManyHeadsAndLongTexts() throws IOException {
    // 32 heads in 4 blocks, everything attended to, and texts that take six bytes a character.
    Config config = new Config(256, 256, 8, 4, 1, 2, 1 << 20);
    Tracer.Options wide =
        new Tracer.Options(0, 1024, Optional.of(new Tracer.Positions(1920, 1980)), "");
    Trace trace = trace(config, "\u0001".repeat(2000), wide);
    Path page = folder.resolve("page.html");
    trace.write(page);
    assertThat(Files.size(page)).isBetween(500_000L, 2_000_000L);
    assertThat(data(Files.readString(page)).path("lists").size()).isEqualTo(61 * 32);
  }

  @Test
  void whatCannotBeShownIsRefused() {
    Config plain = new Config(256, 64, 32, 2, 0, 8, 3);
    assertRefused("has no sparse blocks", plain, options(5));
    assertRefused(
        "The needle 'Oslo' is 0 times in the prompt",
        CONFIG,
        new Tracer.Options(5, 64, Optional.empty(), "Oslo"));
    assertRefused(
        "The queries go to position 400; expected at most",
        CONFIG,
        new Tracer.Options(5, 64, Optional.of(new Tracer.Positions(3, 400)), ""));
    assertRefused(
        "1511 queries are to be listed with their chunks; expected at most 1500 of 4 heads",
        CONFIG,
        new Tracer.Options(1511, 64, Optional.empty(), ""));
  }

  private static void assertRefused(String message, Config config, Tracer.Options options) {
    assertThatThrownBy(() -> trace(config, PROMPT, options))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(message);
  }
}
