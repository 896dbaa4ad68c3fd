package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The documents of a text file between lines that separate them, without the line ends around them;
 * empty ones are passed over.
 */
final class SeparatedText implements DocumentReader {
  private final Path file;
  private final byte[] separator;
  private final long before;
  private final ByteLines lines;
  private byte[] document = new byte[1 << 12];
  private long number;

  /**
   * @param separator the line between documents; empty for blank lines
   */
  SeparatedText(Path file, String separator, long before) throws IOException {
    this.file = file;
    this.separator = separator.getBytes(StandardCharsets.UTF_8);
    this.before = before;
    lines = new ByteLines(file);
  }

  @Override
  public @Nullable Document next() throws IOException {
    int length = 0;
    boolean more = true;
    while (more && length == 0) {
      for (more = lines.next(); more && !isSeparator(); more = lines.next()) {
        // Empty lines at the start are no part of the document.
        if (length > 0 || lines.lengthWithoutEnd() > 0) {
          append(length);
          length += lines.length();
        }
      }
    }
    while (length > 0 && (document[length - 1] == '\n' || document[length - 1] == '\r')) {
      length--;
    }
    if (length == 0) {
      return null;
    }
    var place = new Document.Place("document", ++number);
    return new Document(document, 0, length, file, place, before + lines.position());
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  private boolean isSeparator() {
    return separator.length == 0
        ? lines.isBlank()
        : Arrays.equals(lines.bytes(), 0, lines.lengthWithoutEnd(), separator, 0, separator.length);
  }

  private void append(int length) {
    int more = lines.length();
    if (length > ByteLines.LONGEST - more) {
      throw new InputException(
          "%s: no separator before line %d, and a document has at most %d bytes"
              .formatted(file, lines.number(), ByteLines.LONGEST));
    }
    if (length + more > document.length) {
      long grown = Math.max(length + more, 2L * document.length);
      document = Arrays.copyOf(document, (int) Math.min(ByteLines.LONGEST, grown));
    }
    System.arraycopy(lines.bytes(), 0, document, length, more);
  }
}
