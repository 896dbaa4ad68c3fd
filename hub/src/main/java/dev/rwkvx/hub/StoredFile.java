package dev.rwkvx.hub;

import dev.rwkvx.io.AtomicFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.function.LongConsumer;

/**
 * A pulled file and what stands beside it under hidden names: the part of one that is under way,
 * the hash of one that is complete, and a lock. The name of a part has the hash of the whole, so
 * that the part of one content is never continued with another.
 */
final class StoredFile {
  private final Path target;

  StoredFile(Path target) {
    this.target = target;
  }

  Path lock() {
    return hidden("lock");
  }

  Path part(RemoteFile file) {
    return hidden(file.hash().hex() + ".part");
  }

  /** Deletes parts of other contents. */
  void deletePartsExcept(RemoteFile file) throws IOException {
    Path own = part(file);
    DirectoryStream.Filter<Path> parts =
        path -> {
          String name = String.valueOf(path.getFileName());
          return name.startsWith("." + target.getFileName() + ".") && name.endsWith(".part");
        };
    try (DirectoryStream<Path> others = Files.newDirectoryStream(own.resolveSibling(""), parts)) {
      for (Path other : others) {
        if (!other.equals(own)) {
          Files.deleteIfExists(other);
        }
      }
    }
  }

  /**
   * Whether the content is here already. A file without a note of its hash is hashed.
   *
   * @param hashed hears how many bytes have been hashed
   */
  boolean has(RemoteFile file, LongConsumer hashed) throws IOException {
    if (!Files.isRegularFile(target) || Files.size(target) != file.size()) {
      return false;
    }
    if (notedHash().equals(file.hash().hex())) {
      return true;
    }
    MessageDigest digest = file.hash().begin(file.size());
    try (FileChannel channel = FileChannel.open(target, StandardOpenOption.READ)) {
      PartFile.hash(channel, digest, hashed);
    }
    if (!file.hash().matches(digest)) {
      return false;
    }
    note(file);
    return true;
  }

  /** Whether the content is here, by its size and the note of its hash alone. */
  boolean seemsToHave(RemoteFile file) throws IOException {
    return Files.isRegularFile(target)
        && Files.size(target) == file.size()
        && notedHash().equals(file.hash().hex());
  }

  /** Gives a complete part its name; an older content is replaced. */
  void complete(RemoteFile file) throws IOException {
    Files.move(
        part(file), target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    note(file);
  }

  private void note(RemoteFile file) throws IOException {
    AtomicFile.write(hidden("hash"), file.hash().hex().getBytes(StandardCharsets.US_ASCII));
  }

  private String notedHash() throws IOException {
    try {
      return Files.readString(hidden("hash"), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private Path hidden(String ending) {
    return target.resolveSibling("." + target.getFileName() + "." + ending);
  }
}
