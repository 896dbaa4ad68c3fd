package dev.rwkvx.spark;

import dev.rwkvx.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model a job runs, and how. */
final class ModelArguments {
  @Option(
      names = "--model",
      paramLabel = "FILE",
      required = true,
      description = "The model, at the same path on every node.")
  private Path model = Path.of("");

  @Option(
      names = "--vocab",
      paramLabel = "FILE",
      description =
          "A vocabulary file, or 'byte' for one token per byte (default: the one that the model"
              + " names, from the model's folder).")
  private @Nullable String vocabulary;

  @Option(
      names = "--distribute",
      description = "Let Spark copy the model and the vocabulary to the nodes.")
  private boolean distribute;

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
      description = "Threads that compute in an executor (default: one per core that it has).")
  private @Nullable Integer threads;

  /**
   * Checks what can be checked at once.
   *
   * @throws InputException when a file is missing or an option is out of its range
   */
  void check() {
    requireFile(model);
    if (vocabulary != null && !vocabulary.equals(ModelSource.BYTES)) {
      requireFile(Path.of(vocabulary));
    }
    requirePositive("--chunk-size", chunkSize);
    requirePositive("--attention-top-k", topK);
    requirePositive("--threads", threads);
  }

  private static void requireFile(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          file + (Files.exists(file) ? ": is not a file" : ": no such file or folder"));
    }
  }

  private static void requirePositive(String option, @Nullable Integer value) {
    if (value != null) {
      JobArguments.requirePositive(option, value);
    }
  }

  /** Where executors find the model; they get it from Spark if that was asked for. */
  ModelSource source(SparkContext spark) {
    return new ModelSource(
        located(spark, model.toString()),
        vocabulary == null || vocabulary.equals(ModelSource.BYTES)
            ? vocabulary
            : located(spark, vocabulary),
        chunkSize,
        topK,
        threads,
        distribute);
  }

  private String located(SparkContext spark, String file) {
    Path absolute = Path.of(file).toAbsolutePath();
    if (!distribute) {
      return absolute.toString();
    }
    spark.addFile(absolute.toString());
    return String.valueOf(absolute.getFileName());
  }
}
