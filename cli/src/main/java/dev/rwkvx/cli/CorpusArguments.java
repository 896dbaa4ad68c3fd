package dev.rwkvx.cli;

import dev.rwkvx.training.data.Corpus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The texts that a command reads. */
final class CorpusArguments {
  /**
   * Tells of its vectors at the start, which is nobody's concern here. Held, or it is forgotten.
   */
  private static final Logger PARQUET = Logger.getLogger("dev.hardwood");

  @Option(
      names = "--input",
      paramLabel = "FILE",
      required = true,
      arity = "1..*",
      description = "Files or folders of .txt, .jsonl and .parquet files.")
  private List<Path> inputs;

  @Option(
      names = "--field",
      paramLabel = "NAME",
      defaultValue = "text",
      description =
          "The text in a JSON line or the column of a Parquet file (default: ${DEFAULT-VALUE}).")
  private String field;

  @ArgGroup private @Nullable Split split;

  /** What separates the documents of a text file. */
  private static final class Split {
    @Option(
        names = "--split-blank",
        description = "Blank lines separate the documents of a .txt file.")
    private boolean blank;

    @Option(
        names = "--separator",
        paramLabel = "LINE",
        description =
            "This line separates the documents of a .txt file (default: a file is a document).")
    private @Nullable String separator;
  }

  Corpus open() throws IOException {
    PARQUET.setLevel(Level.WARNING);
    String separator = split == null ? null : split.blank ? "" : split.separator;
    return Corpus.of(inputs, field, separator);
  }
}
