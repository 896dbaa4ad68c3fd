package dev.rwkvx.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that appears whole or not at all: written under a temporary name beside its target, forced
 * to the device, then renamed. Closing without {@link #commit()} leaves nothing behind.
 */
public final class AtomicFile implements AutoCloseable {
  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private boolean committed;

  private AtomicFile(Path target, Path temporary, FileChannel channel) {
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
  }

  /**
   * Opens a temporary file in the folder of {@code target}.
   *
   * @param target the file to make or replace
   * @return the open file; closing it without {@link #commit} leaves the target as it was
   * @throws IOException when the folder does not exist or cannot be written
   */
  public static AtomicFile create(Path target) throws IOException {
    Path absolute = target.toAbsolutePath();
    Path folder = absolute.getParent();
    if (folder == null) {
      throw new IOException(target + " is not a file name");
    }
    // Not Files.createTempFile: that makes a file which only its owner may read.
    Path temporary =
        folder.resolve(
            "."
                + absolute.getFileName()
                + "."
                + ProcessHandle.current().pid()
                + "-"
                + Long.toHexString(System.nanoTime())
                + ".partial");
    FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    return new AtomicFile(absolute, temporary, channel);
  }

  /**
   * Writes {@code bytes} to {@code target} atomically.
   *
   * @param target the file to make or replace
   * @param bytes its whole content
   * @throws IOException when the file cannot be written; the target is as it was then
   */
  public static void write(Path target, byte[] bytes) throws IOException {
    try (AtomicFile file = create(target)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        file.channel().write(buffer);
      }
      file.commit();
    }
  }

  /** {@return the open temporary file; its content becomes the target's on commit} */
  public FileChannel channel() {
    return channel;
  }

  /**
   * Forces the content to the device and gives the file its name, replacing an older one.
   *
   * @throws IOException when the device or the file system refuses; the target is as it was then
   */
  public void commit() throws IOException {
    channel.force(true);
    channel.close();
    try {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
    committed = true;
  }

  @Override
  public void close() throws IOException {
    channel.close();
    if (!committed) {
      Files.deleteIfExists(temporary);
    }
  }
}
