package dev.rwkvx.cli;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.model.RandomModel;
import java.nio.file.Path;
import java.util.Map;

/** Small untrained models in files. */
final class RandomModels {
  private RandomModels() {}

  /**
   * A hybrid of 2 + 1 blocks.
   *
   * @param vocabularyName recorded in the file unless empty
   */
  static Path write(Path file, int vocabulary, String vocabularyName) {
    Config config = new Config(vocabulary, 64, 32, 2, 1, 16, 2);
    Map<String, String> metadata =
        vocabularyName.isEmpty() ? Map.of() : Map.of(ModelShape.VOCABULARY_KEY, vocabularyName);
    try (Checkpoint model = RandomModel.create(config, WeightType.F32, 5)) {
      Conversion.run(model, file, new Conversion.Target.Same(), metadata);
    }
    return file;
  }

  /** An RWKV-7 of two blocks. */
  static Path writeRwkv7(Path file, int vocabulary) {
    Config config = new Config(vocabulary, 64, 32, 2, 0, 16, 2);
    try (Checkpoint model = RandomModel.create(config, WeightType.BF16, 6)) {
      Conversion.run(model, file, new Conversion.Target.Same(), Map.of());
    }
    return file;
  }
}
