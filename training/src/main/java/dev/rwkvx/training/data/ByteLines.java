package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import dev.rwkvx.io.InputFile;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The lines of a file as bytes, without its byte order mark. */
final class ByteLines implements Closeable {
  /** Longer lines are a mistake: another kind of file, most likely. */
  static final int LONGEST = 1 << 30;

  private static final int CHUNK = 1 << 16;

  private final Path file;
  private final InputStream in;
  private final byte[] chunk = new byte[CHUNK];
  private int chunkAt;
  private int chunkEnd;
  private byte[] line = new byte[1 << 12];
  private int length;
  private long number;
  private long position;

  ByteLines(Path file) throws IOException {
    this.file = file;
    in = Files.newInputStream(InputFile.require(file));
  }

  /** Goes to the next line, the first at first; false at the end. */
  boolean next() throws IOException {
    length = 0;
    boolean ended = false;
    while (!ended && (chunkAt < chunkEnd || fill())) {
      int end = chunkAt;
      while (end < chunkEnd && chunk[end] != '\n') {
        end++;
      }
      ended = end < chunkEnd;
      append(ended ? end + 1 : end);
    }
    position += length;
    if (length > 0 && number++ == 0) {
      int mark = byteOrderMark(line, length);
      length -= mark;
      System.arraycopy(line, mark, line, 0, length);
      return length > 0 || next();
    }
    return length > 0;
  }

  /** Holds the current line until the next one is read. */
  byte[] bytes() {
    return line;
  }

  /** The bytes of the current line with its end. */
  int length() {
    return length;
  }

  /** The bytes of the current line without {@code \n} or {@code \r\n}. */
  int lengthWithoutEnd() {
    int end = length;
    if (end > 0 && line[end - 1] == '\n') {
      end--;
      if (end > 0 && line[end - 1] == '\r') {
        end--;
      }
    }
    return end;
  }

  /** The number of the current line, from 1. */
  long number() {
    return number;
  }

  /** The place in the file after the current line. */
  long position() {
    return position;
  }

  boolean isBlank() {
    for (int i = 0; i < length; i++) {
      if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r' && line[i] != '\n') {
        return false;
      }
    }
    return true;
  }

  /** The length of a UTF-8 byte order mark at the start of a text, or 0. */
  static int byteOrderMark(byte[] text, int length) {
    boolean marked =
        length >= 3 && text[0] == (byte) 0xef && text[1] == (byte) 0xbb && text[2] == (byte) 0xbf;
    return marked ? 3 : 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private boolean fill() throws IOException {
    chunkAt = 0;
    chunkEnd = in.read(chunk);
    return chunkEnd > 0;
  }

  private void append(int end) {
    int more = end - chunkAt;
    if (length > LONGEST - more) {
      throw new InputException(
          "%s, line %d: longer than %d bytes; is this a file of lines?"
              .formatted(file, number + 1, LONGEST));
    }
    if (length + more > line.length) {
      line = Arrays.copyOf(line, Math.min(LONGEST, Math.max(length + more, 2 * line.length)));
    }
    System.arraycopy(chunk, chunkAt, line, length, more);
    length += more;
    chunkAt = end;
  }
}
