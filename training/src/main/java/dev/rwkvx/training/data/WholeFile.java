package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import dev.rwkvx.io.InputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A text file that is one document. */
final class WholeFile implements DocumentReader {
  private final Path file;
  private final long before;
  private boolean read;

  WholeFile(Path file, long before) {
    this.file = file;
    this.before = before;
  }

  @Override
  public @Nullable Document next() throws IOException {
    if (read) {
      return null;
    }
    read = true;
    long size = Files.size(InputFile.require(file));
    if (size > ByteLines.LONGEST) {
      throw new InputException(
          "%s: a document of %d bytes; expected at most %d, or a line between documents"
              .formatted(file, size, ByteLines.LONGEST));
    }
    byte[] bytes = Files.readAllBytes(file);
    int from = ByteLines.byteOrderMark(bytes, bytes.length);
    var place = new Document.Place("document", 1);
    return new Document(bytes, from, bytes.length, file, place, before + bytes.length);
  }

  @Override
  public void close() {}
}
