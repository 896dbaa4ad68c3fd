package dev.rwkvx.cli;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.SafetensorsWriter;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.model.RandomModel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
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
    try (Checkpoint model = RandomModel.create(config, DType.F32, 5)) {
      Map<String, String> metadata = new HashMap<>(model.metadata());
      if (!vocabularyName.isEmpty()) {
        metadata.put(ModelShape.VOCABULARY_KEY, vocabularyName);
      }
      List<String> names = List.copyOf(model.names());
      List<TensorHeader> headers =
          names.stream()
              .map(name -> new TensorHeader(name, DType.F32, model.tensor(name).shape()))
              .toList();
      try (SafetensorsWriter writer = SafetensorsWriter.create(file, headers, metadata)) {
        names.forEach(name -> writer.write(model.tensor(name).data()));
        writer.commit();
      }
    }
    return file;
  }
}
