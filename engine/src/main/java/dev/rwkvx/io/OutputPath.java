package dev.rwkvx.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Where output may go: a file that is new or replaces another one, and nothing else. */
public final class OutputPath {
  private static final int MOST_LINKS = 40;

  private OutputPath() {}

  /**
   * Finds out before the work whether a file could be written after it.
   *
   * @param target the file to make or replace
   * @return the file itself, behind all symbolic links
   * @throws FileSystemException when its folder does not exist or cannot be written, or it is a
   *     folder, a device or a pipe; its message is a sentence
   */
  public static Path require(Path target) throws FileSystemException {
    Path file = behindLinks(target);
    Path folder = file.getParent();
    if (folder == null || file.getFileName() == null) {
      throw refusal(target, "is no name of a file");
    }
    if (!Files.isDirectory(folder)) {
      throw refusal(target, "cannot be written: its folder does not exist");
    }
    if (Files.isDirectory(file)) {
      throw refusal(target, "is a folder; expected a file");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw refusal(target, "is a device or a pipe; expected a file");
    }
    if (!Files.isWritable(folder)) {
      throw refusal(target, "cannot be written: its folder cannot be written to");
    }
    return file;
  }

  /** Also where the last link leads to nothing: there the file will be. */
  private static Path behindLinks(Path target) throws FileSystemException {
    try {
      Path file = target.toAbsolutePath();
      for (int i = 0; i < MOST_LINKS; i++) {
        // Links to what is no file, such as those of /proc, lead to names that do not exist.
        boolean leadsOn = Files.isRegularFile(file) || !Files.exists(file);
        if (!Files.isSymbolicLink(file) || !leadsOn) {
          return file;
        }
        file = file.resolveSibling(Files.readSymbolicLink(file)).toAbsolutePath();
      }
    } catch (IOException | InvalidPathException e) {
      throw failure(target, "cannot be written", e);
    }
    throw refusal(target, "is a link that leads in circles");
  }

  private static FileSystemException refusal(Path target, String reason) {
    return new FileSystemException(target.toString(), null, reason);
  }

  /**
   * A failure under the name that the user knows.
   *
   * @param target the file that was to be written
   * @param what such as {@code cannot be written}
   * @param cause with a reason that may name another file, or none
   */
  static FileSystemException failure(Path target, String what, Exception cause) {
    if (cause instanceof FileSystemException known && target.toString().equals(known.getFile())) {
      return known;
    }
    String reason =
        switch (cause) {
          case NoSuchFileException _ -> "its folder does not exist";
          case AccessDeniedException _ -> "permission denied";
          case FileSystemException other -> String.valueOf(other.getReason());
          default -> String.valueOf(cause.getMessage());
        };
    FileSystemException failure =
        new FileSystemException(target.toString(), null, what + ": " + reason);
    failure.initCause(cause);
    return failure;
  }
}
