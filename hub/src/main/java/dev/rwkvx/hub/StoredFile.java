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
import java.util.function.Predicate;

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
    deleteParts(part -> !part.equals(own));
  }

  private void deleteParts(Predicate<Path> which) throws IOException {
    DirectoryStream.Filter<Path> parts =
        path -> {
          String name = String.valueOf(path.getFileName());
          return name.startsWith("." + target.getFileName() + ".") && name.endsWith(".part");
        };
    try (DirectoryStream<Path> found = Files.newDirectoryStream(target.resolveSibling(""), parts)) {
      for (Path part : found) {
        if (which.test(part)) {
          Files.deleteIfExists(part);
        }
      }
    }
  }

  /**
   * Whether the content is here already. It is hashed: neither its size nor the note of its hash
   * tells what a disk has made of it.
   *
   * @param hashed hears how many bytes have been hashed
   */
  boolean has(RemoteFile file, LongConsumer hashed) throws IOException {
    if (!Files.isRegularFile(target) || Files.size(target) != file.size()) {
      return false;
    }
    if (!isContent(target, file, hashed)) {
      return false;
    }
    if (!notedHash().equals(file.hash().hex())) {
      note(file);
    }
    return true;
  }

  /**
   * Takes the content from another place on the disk: by a hard link, or a symbolic one to another
   * file system, so that it is there once. The other place is read and never written.
   *
   * @param hashed hears how many bytes have been hashed
   * @return whether it has the right content
   */
  boolean take(Path other, RemoteFile file, LongConsumer hashed) throws IOException {
    Path content = other.toRealPath();
    if (!isContent(content, file, hashed)) {
      return false;
    }
    // Not under the name of a part, which would be written to.
    Path link = hidden("link");
    Files.deleteIfExists(link);
    try {
      Files.createLink(link, content);
    } catch (IOException | UnsupportedOperationException otherFileSystem) {
      Files.createSymbolicLink(link, content);
    }
    appear(link, file);
    return true;
  }

  private static boolean isContent(Path content, RemoteFile file, LongConsumer hashed)
      throws IOException {
    MessageDigest digest = file.hash().begin(file.size());
    try (FileChannel channel = FileChannel.open(content, StandardOpenOption.READ)) {
      PartFile.hash(channel, digest, hashed);
    }
    return file.hash().matches(digest);
  }

  /** Whether the content is here, by its size and the note of its hash alone. */
  boolean seemsToHave(RemoteFile file) throws IOException {
    return Files.isRegularFile(target)
        && Files.size(target) == file.size()
        && notedHash().equals(file.hash().hex());
  }

  /** Gives a complete part its name; an older content is replaced. */
  void complete(RemoteFile file) throws IOException {
    appear(part(file), file);
  }

  private void appear(Path whole, RemoteFile file) throws IOException {
    Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    note(file);
  }

  /** Deletes the file with all that stands beside it for it, but for the lock. */
  void delete() throws IOException {
    deleteParts(part -> true);
    Files.deleteIfExists(hidden("hash"));
    Files.deleteIfExists(hidden("link"));
    Files.deleteIfExists(target);
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
