package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.hub.ModelName;
import dev.rwkvx.hub.ModelStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Models by the names under which {@code rwkvx pull} or the hub's own tools fetched them. */
final class PulledModels {
  /** For the description of options that take a file or such a name. */
  static final String DESCRIPTION =
      "A .pth, .safetensors or .gguf checkpoint, a Hugging Face folder, or the name of a pulled"
          + " model.";

  private PulledModels() {}

  /**
   * The file that the user means: one of this name, or else the pulled model of this name. Returned
   * as it is when it is neither.
   *
   * @throws InputException when it names a model that was not pulled, or one of several
   */
  static Path resolve(Path named) {
    if (Files.exists(named)) {
      return named;
    }
    String name = named.toString();
    Optional<Path> pulled = ModelStore.usual(System.getenv()).find(name);
    if (pulled.isEmpty() && isSurelyName(name)) {
      throw new InputException(
          "%s: no such file, and no such pulled model; 'rwkvx pull %s' fetches it"
              .formatted(name, name));
    }
    return pulled.orElse(named);
  }

  private static boolean isSurelyName(String name) {
    Optional<ModelName> read = ModelName.of(name);
    return read.isPresent() && (read.get().known() != null || read.get().file() != null);
  }
}
