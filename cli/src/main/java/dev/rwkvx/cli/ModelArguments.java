package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.math.KernelProvider;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.ScalarKernels;
import dev.rwkvx.math.VectorKernels;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RwkvX;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model a command runs, and how: the options that all such commands share. */
final class ModelArguments {
  /** Far more than any machine has use for, and few enough to start. */
  private static final int MOST_THREADS = 1024;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      required = true,
      description = PulledModels.DESCRIPTION)
  private Path file;

  @Option(
      names = "--chunk-size",
      paramLabel = "B",
      description =
          "Tokens per chunk of the sparse attention (default: as the file says, or 2048).")
  private @Nullable Integer chunkSize;

  @Option(
      names = "--attention-top-k",
      paramLabel = "K",
      description = "Chunks that a token attends to (default: as the file says, or 3).")
  private @Nullable Integer topK;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute (default: one per processor).")
  private @Nullable Integer threads;

  @Option(
      names = "--kernels",
      paramLabel = "KIND",
      description = "${COMPLETION-CANDIDATES} (default: the fastest that this JVM can run).")
  private @Nullable Kind kernels;

  private enum Kind {
    scalar,
    vector
  }

  /**
   * The checkpoint that the user named.
   *
   * @throws InputException when it is a model that was not pulled
   */
  Path file() {
    return PulledModels.resolve(file);
  }

  /**
   * Opens the model; to be closed by the caller.
   *
   * @throws InputException when an option is out of its range or the file is no model
   */
  RwkvX open() {
    return RwkvX.open(file(), options());
  }

  /** The options without the file. */
  ModelOptions options() {
    int processors = Runtime.getRuntime().availableProcessors();
    return new ModelOptions(
        optional("--chunk-size", chunkSize, Integer.MAX_VALUE),
        optional("--attention-top-k", topK, Integer.MAX_VALUE),
        optional("--threads", threads, MOST_THREADS).orElse(processors),
        kernels());
  }

  private Kernels kernels() {
    if (kernels == null) {
      return KernelProvider.best();
    }
    return switch (kernels) {
      case scalar -> new ScalarKernels();
      case vector -> {
        if (!KernelProvider.vectorAvailable()) {
          throw new InputException(
              "--kernels vector needs a JVM started with --add-modules jdk.incubator.vector");
        }
        yield new VectorKernels();
      }
    };
  }

  private static OptionalInt optional(String option, @Nullable Integer value, int most) {
    if (value == null) {
      return OptionalInt.empty();
    }
    if (value < 1 || value > most) {
      String range = most == Integer.MAX_VALUE ? "1 or more" : "1 to " + most;
      throw new InputException(option + " is " + value + "; expected " + range);
    }
    return OptionalInt.of(value);
  }
}
