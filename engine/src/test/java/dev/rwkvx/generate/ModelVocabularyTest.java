package dev.rwkvx.generate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.Conversion.Target;
import dev.rwkvx.model.FlaFolder;
import dev.rwkvx.model.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of the files in the folder of a model is its vocabulary. */
class ModelVocabularyTest {
  private static final Config CONFIG = new Config(300, 64, 64, 2, 0, 24, 2);

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void write() {
    model = folder.resolve("model");
    FlaFolder.write(
        RandomModel.create(CONFIG, WeightType.BF16, 1),
        model,
        new Target.Same(),
        Optional.of("1 'world' 5\n"));
  }

  @Test
  void theFirstFormOfARepositoryIsTaken() throws IOException {
    Files.writeString(model.resolve("tokenizer.json"), "damaged");
    Files.writeString(model.resolve("vocab.txt"), "b'<s>'\nb'lines'\n");
    assertThat(find(model)).hasValue("world");
    assertThat(find(model.resolve("model.safetensors"))).hasValue("world");
    Files.delete(model.resolve("rwkv_vocab_v20230424.txt"));
    Files.delete(model.resolve("tokenizer.json"));
    assertThat(find(model)).hasValue("lines");
  }

  @Test
  void aFolderThatIsNoRepositoryHasFilesOfOthersToo() throws IOException {
    Files.delete(model.resolve("config.json"));
    assertThat(find(model)).isEmpty();
  }

  /** Token 1. */
  private static Optional<String> find(Path file) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      return ModelVocabulary.find(checkpoint)
          .flatMap(v -> v.bytesOf(1))
          .map(bytes -> new String(bytes, UTF_8));
    }
  }
}
