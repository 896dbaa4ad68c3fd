package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Files of texts: {@code .txt}, {@code .jsonl} and {@code .parquet}.
 *
 * @param files in the order in which they are read
 * @param field the name of the text in a JSON line, or of the column in a Parquet file
 * @param separator the line that stands between the documents of a {@code .txt} file; empty for
 *     blank lines, null where a file is one document
 * @param bytes the size of all files
 */
public record Corpus(List<Path> files, String field, @Nullable String separator, long bytes) {
  private static final List<String> ENDINGS = List.of(".txt", ".jsonl", ".parquet");

  /** Copies the list of files. */
  public Corpus {
    files = List.copyOf(files);
  }

  /**
   * The files that inputs name: files, and folders with all files in and below them that have one
   * of the three endings, by name.
   *
   * @param inputs files and folders
   * @param field of JSON lines and Parquet rows: the one that holds the text
   * @param separator a line that parts the documents of a text file; null where each file is one
   *     document
   * @return the files, not opened yet
   * @throws InputException when an input is absent, another kind of file or a folder without any
   * @throws IOException when a file cannot be read or written
   */
  public static Corpus of(List<Path> inputs, String field, @Nullable String separator)
      throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path input : inputs) {
      if (Files.isDirectory(input)) {
        files.addAll(filesBelow(input));
      } else if (!Files.exists(input)) {
        throw new InputException(input + ": no such file or folder");
      } else if (!isText(input)) {
        throw new InputException(
            input + ": expected a file that ends with " + String.join(", ", ENDINGS));
      } else {
        files.add(input);
      }
    }
    long bytes = 0;
    for (Path file : files) {
      bytes += Files.size(file);
    }
    return new Corpus(files, field, separator, bytes);
  }

  /**
   * Reads all documents; the caller closes the reader.
   *
   * @return a reader, to be closed by the caller
   */
  public DocumentReader open() {
    return new AllFiles();
  }

  private static List<Path> filesBelow(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> files = all.filter(Files::isRegularFile).filter(Corpus::isText).sorted().toList();
      if (files.isEmpty()) {
        throw new InputException(
            folder + ": no files in this folder end with " + String.join(", ", ENDINGS));
      }
      return files;
    }
  }

  private static boolean isText(Path file) {
    return ENDINGS.stream().anyMatch(ending -> has(file, ending));
  }

  private static boolean has(Path file, String ending) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(ending);
  }

  private DocumentReader open(Path file, long before) throws IOException {
    if (has(file, ".jsonl")) {
      return new JsonDocuments(file, field, before);
    }
    if (has(file, ".parquet")) {
      return new ParquetDocuments(file, field, before);
    }
    return separator == null
        ? new WholeFile(file, before)
        : new SeparatedText(file, separator, before);
  }

  /** One file after the other. */
  private final class AllFiles implements DocumentReader {
    private final Iterator<Path> rest = files.iterator();
    private @Nullable DocumentReader current;
    private long before;

    @Override
    public @Nullable Document next() throws IOException {
      while (current != null || rest.hasNext()) {
        if (current == null) {
          Path file = rest.next();
          current = open(file, before);
          before += Files.size(file);
        }
        Document document = current.next();
        if (document != null) {
          return document;
        }
        close();
      }
      return null;
    }

    @Override
    public void close() throws IOException {
      if (current != null) {
        current.close();
        current = null;
      }
    }
  }
}
