package dev.rwkvx.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;

/** A channel whose failures name the file that the user knows; those of a full disk name none. */
record NamedChannel(Path name, SeekableByteChannel channel) implements SeekableByteChannel {
  @Override
  public int read(ByteBuffer target) throws IOException {
    try {
      return channel.read(target);
    } catch (IOException e) {
      throw OutputPath.failure(name, "cannot be read", e);
    }
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    try {
      return channel.write(source);
    } catch (IOException e) {
      throw OutputPath.failure(name, "cannot be written", e);
    }
  }

  @Override
  public long position() throws IOException {
    return channel.position();
  }

  @Override
  public SeekableByteChannel position(long at) throws IOException {
    channel.position(at);
    return this;
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public SeekableByteChannel truncate(long size) throws IOException {
    channel.truncate(size);
    return this;
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
