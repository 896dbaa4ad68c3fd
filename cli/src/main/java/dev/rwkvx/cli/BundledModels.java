package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The small models that come with the program, in the folder {@code models} of its home. */
final class BundledModels {
  /** Set by the launchers. */
  private static final String HOME = "rwkvx.home";

  /** An RWKV-X that looks for pass keys. */
  static final String RWKV_X = "retrieval-rwkv-x.safetensors";

  /** The RWKV-7 that it grew from, trained further on long documents. */
  static final String RWKV_7 = "retrieval-rwkv-7.safetensors";

  private BundledModels() {}

  /**
   * The file of a model.
   *
   * @throws InputException when it is not there
   */
  static Path file(String name) {
    Path file = Path.of(System.getProperty(HOME, ".")).resolve("models").resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          "%s is missing; expected the models that come with rwkvx in the folder 'models' beside it"
              .formatted(file));
    }
    return file;
  }
}
