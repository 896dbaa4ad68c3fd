package dev.rwkvx.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A text file that grows line by line and keeps its whole lines when its writer is interrupted. */
public final class LineFile implements AutoCloseable {
  private final FileChannel channel;

  private LineFile(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Opens a file for further lines, or makes it, and cuts off a last line without an end.
   *
   * @param file lines of UTF-8
   * @return the open file, to be closed by the caller
   * @throws IOException when it cannot be read or written
   */
  public static LineFile open(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      channel.truncate(afterLastLine(channel));
      channel.position(channel.size());
      return new LineFile(channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * {@return where the last line that was written whole ends}
   *
   * @param channel of a file, open for reading
   * @throws IOException when it cannot be read
   */
  public static long afterLastLine(FileChannel channel) throws IOException {
    ByteBuffer last = ByteBuffer.allocate(1);
    for (long at = channel.size(); at > 0; at--) {
      last.clear();
      if (channel.read(last, at - 1) == 1 && last.get(0) == '\n') {
        return at;
      }
    }
    return 0;
  }

  /**
   * Appends lines and hands them to the device.
   *
   * @param lines without their ends
   * @throws IOException when the device does not take them
   */
  public void append(Iterable<String> lines) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(String.join("\n", lines) + "\n");
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(false);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
