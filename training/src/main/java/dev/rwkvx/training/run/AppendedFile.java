package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/** A file that grows record by record and can go back to an earlier length. */
final class AppendedFile implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;

  /** Finds out where the last record of a file ends that was written whole. */
  interface Records {
    long end(FileChannel file) throws IOException;
  }

  /**
   * Opens a file, a new one if there is none, and drops what stands after {@code length} bytes. Of
   * a file that is shorter the whole records stay.
   *
   * @param warning hears of a file that is shorter, in a sentence
   * @throws InputException when it cannot be read or written
   */
  AppendedFile(Path file, long length, Records records, Consumer<String> warning) {
    this.file = file;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        long size = channel.size();
        long kept = size < length ? records.end(channel) : length;
        if (size < length) {
          warning.accept(
              "%s has %d bytes, the checkpoint knows of %d: some of the earlier steps are missing in it"
                  .formatted(file, size, length));
        }
        channel.truncate(kept).position(kept);
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
