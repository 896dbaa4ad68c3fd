package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that grows record by record and can go back to an earlier length. */
final class AppendedFile implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;

  /**
   * Opens a file, a new one if there is none, and drops what stands after {@code length} bytes.
   *
   * @throws InputException when it is shorter or cannot be written
   */
  AppendedFile(Path file, long length) {
    this.file = file;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        if (channel.size() < length) {
          throw new InputException(
              "%s has %d bytes; the checkpoint expects at least %d"
                  .formatted(file, channel.size(), length));
        }
        channel.truncate(length).position(length);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  void append(byte[] bytes) {
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  long length() {
    try {
      return channel.size();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Forces everything to the device. */
  void force() {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private InputException failed(IOException cause) {
    return new InputException(file + ": cannot be written: " + cause.getMessage(), cause);
  }
}
