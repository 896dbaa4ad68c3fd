package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.evaluation.Lambada.Passage;
import dev.rwkvx.model.Ablation;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RwkvX;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A small RWKV-7 that was trained on text, which lies beside the repository. */
class TrainedModelTest {
  private static Path shared(String name) {
    for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
      Path candidate = up.resolve("shared").resolve(name);
      if (Files.exists(candidate)) {
        return candidate;
      }
    }
    return Assumptions.abort("skipped: no shared/" + name + " in a folder above");
  }

  @Test
  void predictsTextBetterThanChance() throws IOException {
    Path file = shared("models/tiny-rwkv7/model.pth");
    List<Passage> passages = Passage.read(shared("data/lambada_test.jsonl"), 3);
    Texts texts =
        new Texts(
            passages.stream()
                .map(p -> (p.context() + p.word()).getBytes(StandardCharsets.UTF_8))
                .toList());
    try (RwkvX model = RwkvX.open(file, ModelOptions.defaults())) {
      double all = bitsPerByte(model, texts, Ablation.NONE);
      // It has seen little, and nothing like this; chance is 8.
      assertThat(all).isBetween(1.0, 6.0);
      assertThat(bitsPerByte(model, texts, new Ablation(false, 8))).isNotEqualTo(all);
      // It has no sparse blocks.
      assertThat(bitsPerByte(model, texts, new Ablation(true, 0))).isEqualTo(all);
    }
  }

  private static double bitsPerByte(RwkvX model, Texts texts, Ablation ablation) {
    Subject subject = new Subject(model, Models.BYTES, CacheOptions.exact(), ablation);
    Report report =
        new Perplexity(subject, texts, 1024).run(Journal.inMemory(), EvaluationListener.NONE);
    return (double) report.summary().get("bits_per_byte");
  }
}
