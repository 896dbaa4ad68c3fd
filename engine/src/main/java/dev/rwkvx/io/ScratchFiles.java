package dev.rwkvx.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of files that stand beside another while it is written, {@code .NAME.PID-START-N.KIND}: the
 * process by its number and the time of its start, and the first N that is free. When the process
 * ends as it should, interrupted or not, they are deleted; the next one that writes {@code NAME}
 * deletes what killed processes have left.
 */
public final class ScratchFiles {
  /** What file systems allow for a name, less what is put behind it. */
  private static final int LONGEST_NAME = 150;

  private static final int MOST = 1000;

  /** What follows the name: process, start, number where it has one, and kind. */
  private static final Pattern SCRATCH =
      Pattern.compile("(\\d{1,10})-[0-9a-f]{1,16}(?:-\\d{1,4})?\\.(?:partial|unordered).*");

  private ScratchFiles() {}

  /**
   * A name that no file has, to be used by this process.
   *
   * @param target the file that is written in the end
   * @param kind the ending: {@code partial}, or {@code unordered} for a prefix of several files
   * @return a path in the folder of the target
   * @throws IOException when too many are in use
   */
  public static Path name(Path target, String kind) throws IOException {
    ProcessHandle process = ProcessHandle.current();
    long start = process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    String stem = stem(target);
    for (int i = 0; i < MOST; i++) {
      Path name =
          target.resolveSibling("%s%d-%x-%d.%s".formatted(stem, process.pid(), start, i, kind));
      if (!Files.exists(name, LinkOption.NOFOLLOW_LINKS)) {
        return name;
      }
    }
    throw new IOException("too many files beside " + target + " are being written");
  }

  /**
   * Has a file deleted at the end of the process, if it is still there. The JVM does so after all
   * shutdown hooks, which may yet have to write.
   *
   * @param file made by this process
   */
  public static void deleteAtEnd(Path file) {
    file.toFile().deleteOnExit();
  }

  /**
   * Deletes what processes that are gone have left beside a file. A file that another one holds,
   * which may run in a container with numbers of its own, stays.
   *
   * @param target the file that they were writing
   * @throws IOException when the folder cannot be read
   */
  public static void sweep(Path target) throws IOException {
    String stem = stem(target);
    DirectoryStream.Filter<Path> left =
        path -> isLeft(String.valueOf(path.getFileName()), stem) && !isHeld(path);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(target.resolveSibling(""), left)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static boolean isLeft(String name, String stem) {
    if (!name.startsWith(stem)) {
      return false;
    }
    Matcher rest = SCRATCH.matcher(name.substring(stem.length()));
    return rest.matches()
        && Long.parseLong(rest.group(1)) != ProcessHandle.current().pid()
        && ProcessHandle.of(Long.parseLong(rest.group(1))).isEmpty();
  }

  private static boolean isHeld(Path file) {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock == null;
    } catch (IOException | OverlappingFileLockException e) {
      return true;
    }
  }

  /** What all names beside a target begin with; short enough for what follows. */
  private static String stem(Path target) {
    String name = String.valueOf(target.getFileName());
    String hidden = name.startsWith(".") ? name : "." + name;
    if (length(hidden) > LONGEST_NAME) {
      int end = hidden.length();
      while (length(hidden.substring(0, end)) > LONGEST_NAME - 10
          || Character.isHighSurrogate(hidden.charAt(end - 1))) {
        end--;
      }
      hidden = "%s~%08x".formatted(hidden.substring(0, end), name.hashCode());
    }
    return hidden + ".";
  }

  private static int length(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length;
  }
}
