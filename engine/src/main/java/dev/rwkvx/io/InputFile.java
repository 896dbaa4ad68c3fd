package dev.rwkvx.io;

import dev.rwkvx.InputException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that are read: their size tells how much will come, which no pipe and no device can. */
public final class InputFile {
  private InputFile() {}

  /**
   * Refuses what could keep a reader waiting, or go on for ever. What is not there is left to the
   * reader.
   *
   * @param file about to be opened
   * @return the same
   * @throws InputException when it is a folder, a device or a pipe
   */
  public static Path require(Path file) {
    if (Files.isDirectory(file)) {
      throw new InputException(file + " is a folder; expected a file");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new InputException(file + " is a device or a pipe; expected a file");
    }
    return file;
  }
}
