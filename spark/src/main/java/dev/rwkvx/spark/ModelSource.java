package dev.rwkvx.spark;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkFiles;
import org.jspecify.annotations.Nullable;

/**
 * Where each executor finds the model, and how it runs it.
 *
 * @param model path of the model file on every node, or its name when it is distributed
 * @param vocabulary path or name of the vocabulary, {@code byte}, or null for the model's own
 * @param chunkSize in place of the file's, or null
 * @param topK in place of the file's, or null
 * @param threads of each executor, or null for one per core that Spark gives it
 * @param distributed whether Spark brings the files
 */
record ModelSource(
    String model,
    @Nullable String vocabulary,
    @Nullable Integer chunkSize,
    @Nullable Integer topK,
    @Nullable Integer threads,
    boolean distributed)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The vocabulary of one token per byte, which is no file. */
  static final String BYTES = "byte";

  /**
   * Opens the model on this node; to be closed by the caller.
   *
   * @throws InputException when a file is missing or cannot be used
   */
  TextModel open() {
    ModelOptions options = options();
    Path file = located(model);
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          "%s: no such file on %s; expected the model at this path on every node, or --distribute"
              .formatted(file, node()));
    }
    if (vocabulary == null) {
      return TextModel.open(file, options);
    }
    Vocabulary opened =
        vocabulary.equals(BYTES) ? Vocabulary.bytes() : Vocabulary.load(located(vocabulary));
    return TextModel.open(file, options, opened);
  }

  private ModelOptions options() {
    ModelOptions options = ModelOptions.defaults();
    options = options.withThreads(threads == null ? cores(options.threads()) : threads);
    options = chunkSize == null ? options : options.withChunkSize(chunkSize);
    return topK == null ? options : options.withTopK(topK);
  }

  /** Cores of this executor, if the job says. */
  private static int cores(int processors) {
    SparkConf conf = SparkEnv.get().conf();
    return conf.getInt("spark.executor.cores", processors);
  }

  private static String node() {
    return SparkEnv.get().blockManager().blockManagerId().host();
  }

  private Path located(String name) {
    return Path.of(distributed ? SparkFiles.get(name) : name);
  }
}
