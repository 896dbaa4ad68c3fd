package dev.rwkvx.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.function.LongConsumer;

/** The beginning of a file, hashed as it grows. */
final class PartFile implements AutoCloseable {
  private static final int BUFFER = 1 << 20;

  private final RemoteFile file;
  private final FileChannel channel;
  private MessageDigest digest;
  private long length;

  private PartFile(RemoteFile file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
    this.digest = file.hash().begin(file.size());
  }

  /**
   * Opens what an earlier pull left, or begins.
   *
   * @param hashed hears how many bytes of what is there have been hashed
   */
  static PartFile open(Path path, RemoteFile file, LongConsumer hashed) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    PartFile part = new PartFile(file, channel);
    try {
      if (channel.size() > file.size()) {
        channel.truncate(0);
      }
      part.length = hash(channel, part.digest, hashed);
      return part;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Feeds all of a channel to a digest and returns the number of bytes. */
  static long hash(FileChannel channel, MessageDigest digest, LongConsumer hashed)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    long position = 0;
    for (int n = channel.read(buffer, 0); n > 0; n = channel.read(buffer, position)) {
      digest.update(buffer.flip());
      buffer.clear();
      position += n;
      hashed.accept(position);
    }
    return position;
  }

  long length() {
    return length;
  }

  boolean isWhole() {
    return length == file.size();
  }

  /** Appends bytes, no more than the file has. */
  void append(ByteBuffer bytes) throws IOException {
    digest.update(bytes.duplicate());
    while (bytes.hasRemaining()) {
      length += channel.write(bytes, length);
    }
  }

  /** Forgets all that is there. */
  void restart() throws IOException {
    channel.truncate(0);
    length = 0;
    digest = file.hash().begin(file.size());
  }

  /** Hands the whole content to the device, and tells whether it is the right one. */
  boolean finish() throws IOException {
    channel.force(true);
    return file.hash().matches(digest);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
