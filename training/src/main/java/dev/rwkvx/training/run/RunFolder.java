package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Where a run keeps what it leaves. One process at a time holds it; the system ends its hold with
 * the process, however that ends.
 */
public final class RunFolder implements AutoCloseable {
  static final String CONFIG = "config.toml";
  private static final String CHECKPOINTS = "checkpoints";
  private static final String LOCK = ".lock";
  private static final String PARTIAL = ".*.partial";

  private final Path path;
  private final FileChannel lock;

  private RunFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Makes a folder for a new run, or takes an empty one.
   *
   * @param path of the folder
   * @return the folder
   * @throws InputException when a run is there already
   * @throws IOException when a file cannot be read or written
   */
  public static RunFolder create(Path path) throws IOException {
    requireNew(path);
    Files.createDirectories(path.resolve(CHECKPOINTS));
    return hold(path);
  }

  /**
   * Refuses a place that is taken, before the work of opening everything else.
   *
   * @throws InputException when a run or a file is there
   */
  static void requireNew(Path path) {
    if (holdsRun(path)) {
      throw new InputException(
          path + " holds a run already; expected a new folder, or --resume to go on with that run");
    }
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new InputException(path + " is a file; expected a folder");
    }
  }

  /**
   * Takes the folder of a run that was begun; files that it was writing when it ended are removed.
   *
   * @param path of the folder
   * @return the folder
   * @throws InputException when there is none
   * @throws IOException when a file cannot be read or written
   */
  public static RunFolder open(Path path) throws IOException {
    requireRun(path);
    Files.createDirectories(path.resolve(CHECKPOINTS));
    RunFolder folder = hold(path);
    try {
      removePartial(path);
      removePartial(folder.checkpoints());
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
    return folder;
  }

  /**
   * The options of a run that was begun: its file, or where that is lost, as after a power cut,
   * what the latest checkpoint says.
   *
   * @param path of the folder
   * @return the options as TOML
   * @throws InputException when there is no run, or nothing tells its options
   */
  static String optionsOf(Path path) {
    requireRun(path);
    Path config = path.resolve(CONFIG);
    if (!isLost(config)) {
      return TomlReader.content(config);
    }
    return new Checkpoints(path.resolve(CHECKPOINTS), 1)
        .config()
        .orElseThrow(() ->
            new InputException(
                config
                    + " is lost, and no checkpoint tells the options of the run; expected to begin"
                    + " it anew, without --resume and in another folder"));
  }

  /** Whether a file is absent, or has nothing but blanks and zero bytes. */
  static boolean isLost(Path config) {
    if (!Files.exists(config)) {
      return true;
    }
    return TomlReader.content(config).chars().allMatch(c -> c == 0 || Character.isWhitespace(c));
  }

  private static void requireRun(Path path) {
    if (!holdsRun(path)) {
      throw new InputException(
          path + " holds no run to go on with: it has neither " + CONFIG + " nor " + CHECKPOINTS);
    }
  }

  private static boolean holdsRun(Path path) {
    String[] checkpoints = path.resolve(CHECKPOINTS).toFile().list();
    return Files.exists(path.resolve(CONFIG)) || (checkpoints != null && checkpoints.length > 0);
  }

  /** {@return the folder itself} */
  public Path path() {
    return path;
  }

  /** {@return all options of the run} */
  public Path config() {
    return path.resolve(CONFIG);
  }

  /** {@return a line for every step} */
  public Path metrics() {
    return path.resolve("metrics.csv");
  }

  /** {@return the same for TensorBoard, which looks for names of this kind} */
  public Path events() {
    return path.resolve("events.out.tfevents.rwkvx");
  }

  /** {@return the folder of the checkpoints} */
  public Path checkpoints() {
    return path.resolve(CHECKPOINTS);
  }

  /** What was learnt, under a name such as {@code model}. */
  Path result(String name) {
    return path.resolve(name + ".safetensors");
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RunFolder hold(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (tryLock(channel) == null) {
      channel.close();
      throw new InputException(path + " is in use: another process trains there");
    }
    return new RunFolder(path, channel);
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static void removePartial(Path folder) throws IOException {
    try (DirectoryStream<Path> partial = Files.newDirectoryStream(folder, PARTIAL)) {
      for (Path file : partial) {
        Files.delete(file);
      }
    }
  }
}
