package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A file under a second name: a hard link where the file system allows, or else a copy. */
final class OutputLink {
  private OutputLink() {}

  /**
   * Where the second name is to be.
   *
   * @param name of the file
   * @param out a file that may exist, or a folder, in which the file keeps its name
   * @throws InputException when there is no folder for it
   */
  static Path place(String name, Path out) {
    Path place = Files.isDirectory(out) ? out.resolve(name) : out;
    Path folder = place.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new InputException(out + ": its folder does not exist");
    }
    return place;
  }

  /** Gives a file its second name, which it takes from another file at once. */
  static void create(Path file, Path place) throws IOException {
    if (Files.exists(place) && Files.isSameFile(file, place)) {
      return;
    }
    Path temporary =
        place.resolveSibling(
            "." + place.getFileName() + "." + ProcessHandle.current().pid() + ".partial");
    try {
      linkOrCopy(file, temporary);
      Files.move(
          temporary, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void linkOrCopy(Path file, Path link) throws IOException {
    Files.deleteIfExists(link);
    try {
      Files.createLink(link, file);
    } catch (IOException | UnsupportedOperationException otherFileSystem) {
      Files.copy(file, link);
    }
  }
}
