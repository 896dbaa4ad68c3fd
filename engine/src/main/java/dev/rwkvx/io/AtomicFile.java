package dev.rwkvx.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that appears whole or not at all: written under a temporary name beside its target, forced
 * to the device, then renamed. Closing without {@link #commit()} leaves nothing behind, and neither
 * does an interrupted process; what a killed one leaves is deleted when the file is next written.
 *
 * <p>The target is new or a file: a symbolic link is followed, a device, a pipe or a folder is
 * refused. A file that is replaced passes its permissions on. All failures are FileSystemExceptions
 * that name the target and whose reason is a sentence.
 */
public final class AtomicFile implements AutoCloseable {
  private static final Set<OpenOption> OPTIONS =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);

  private final Path name;
  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private final SeekableByteChannel named;
  private boolean committed;

  private AtomicFile(Path name, Path target, Path temporary, FileChannel channel) {
    this.name = name;
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
    named = new NamedChannel(name, channel);
  }

  /**
   * Opens a temporary file in the folder of {@code target}.
   *
   * @param target the file to make or replace
   * @return the open file; closing it without {@link #commit} leaves the target as it was
   * @throws FileSystemException when the folder does not exist or cannot be written, or the target
   *     is something else than a file
   */
  public static AtomicFile create(Path target) throws FileSystemException {
    Path file = OutputPath.require(target);
    try {
      ScratchFiles.sweep(file);
      while (true) {
        Path temporary = ScratchFiles.name(file, "partial");
        try {
          FileChannel channel = open(temporary, permissions(file));
          return new AtomicFile(target, file, temporary, channel);
        } catch (FileAlreadyExistsException e) {
          // Another thread was faster; the next name is free.
        }
      }
    } catch (IOException e) {
      throw OutputPath.failure(target, "cannot be written", e);
    }
  }

  /** Readable from the first byte on by those only who may read the file that is replaced. */
  private static FileChannel open(Path temporary, @Nullable Set<PosixFilePermission> permissions)
      throws IOException {
    FileAttribute<?>[] attributes =
        permissions == null
            ? new FileAttribute<?>[0]
            : new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
    FileChannel channel = FileChannel.open(temporary, OPTIONS, attributes);
    try {
      ScratchFiles.deleteAtEnd(temporary);
      if (permissions != null) {
        Files.setPosixFilePermissions(temporary, permissions);
      }
      hold(channel);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  /** Tells others that it is in use, until the channel is closed. */
  @SuppressWarnings("MustBeClosedChecker") // released with the channel
  private static void hold(FileChannel channel) {
    try {
      channel.tryLock();
    } catch (IOException e) {
      // Not every file system has locks; then the number of the process has to do.
    }
  }

  /** Those of an existing file; null for a new one, or where the system has none. */
  private static @Nullable Set<PosixFilePermission> permissions(Path file) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    return view == null || !Files.exists(file) ? null : view.readAttributes().permissions();
  }

  /**
   * Writes {@code bytes} to {@code target} atomically.
   *
   * @param target the file to make or replace
   * @param bytes its whole content
   * @throws FileSystemException when the file cannot be written; the target is as it was then
   */
  public static void write(Path target, byte[] bytes) throws FileSystemException {
    try (AtomicFile file = create(target)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        file.named.write(buffer);
      }
      file.commit();
    } catch (IOException e) {
      throw OutputPath.failure(target, "cannot be written", e);
    }
  }

  /** {@return the open temporary file; its content becomes the target's on commit} */
  public SeekableByteChannel channel() {
    return named;
  }

  /**
   * Forces the content to the device, ahead of {@link #commit}.
   *
   * @throws FileSystemException when the device refuses
   */
  public void force() throws FileSystemException {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw OutputPath.failure(name, "cannot be written", e);
    }
  }

  /**
   * Forces the content to the device and gives the file its name, replacing an older one.
   *
   * @throws FileSystemException when the device or the file system refuses; the target is as it was
   *     then
   */
  public void commit() throws FileSystemException {
    force();
    try {
      // What was a file at first may have become something else.
      OutputPath.require(target);
      channel.close();
      try {
        Files.move(
            temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw OutputPath.failure(name, "cannot be written", e);
    }
    committed = true;
    forceFolder();
  }

  /** So that the name is there after a power cut, too. */
  private void forceFolder() {
    try (FileChannel folder =
        FileChannel.open(target.resolveSibling(""), StandardOpenOption.READ)) {
      folder.force(true);
    } catch (IOException e) {
      // Not every file system can; the file itself is safe.
    }
  }

  @Override
  public void close() throws FileSystemException {
    try {
      channel.close();
      if (!committed) {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw OutputPath.failure(name, "cannot be closed", e);
    }
  }
}
