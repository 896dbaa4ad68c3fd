package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.model.Config;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The settings of sparse blocks that their weights do not tell. */
final class SparseArguments {
  @Option(
      names = "--chunk-size",
      paramLabel = "N",
      description =
          "Tokens of a chunk of the sparse attention (default: what the input says, or "
              + Config.DEFAULT_CHUNK_SIZE
              + ").")
  private @Nullable Integer chunkSize;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description =
          "Chunks that a token attends to, its own included (default: what the input says, or "
              + Config.DEFAULT_TOP_K
              + ").")
  private @Nullable Integer topK;

  /**
   * @throws InputException when it is not positive
   */
  OptionalInt chunkSize() {
    return positive("--chunk-size", chunkSize);
  }

  /**
   * @throws InputException when it is not positive
   */
  OptionalInt topK() {
    return positive("--top-k", topK);
  }

  private static OptionalInt positive(String option, @Nullable Integer value) {
    if (value == null) {
      return OptionalInt.empty();
    }
    if (value < 1) {
      throw new InputException(option + " is " + value + "; expected 1 or more");
    }
    return OptionalInt.of(value);
  }
}
