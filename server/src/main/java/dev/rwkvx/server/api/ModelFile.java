package dev.rwkvx.server.api;

import dev.rwkvx.server.http.ApiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The file of the model in use. Parts of it are read when they are needed, so what is written into
 * it becomes part of the model. A file that is put in its place does no harm: the old one stays
 * open.
 */
final class ModelFile {
  private final Path file;
  private final @Nullable Version first;
  private volatile boolean changed;

  /** What tells a file from itself at another time. */
  private record Version(Optional<Object> key, long size, FileTime time) {
    static @Nullable Version of(Path file) {
      try {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Version(
            Optional.ofNullable(attributes.fileKey()),
            attributes.size(),
            attributes.lastModifiedTime());
      } catch (IOException e) {
        return null;
      }
    }
  }

  /** Remembers what the file is like now. */
  ModelFile(Path file) {
    this.file = file;
    first = Version.of(file);
  }

  /** Why the model cannot be trusted any more, if that is so. */
  Optional<String> problem() {
    if (!changed && first != null) {
      Version now = Version.of(file);
      changed = now != null && Objects.equals(now.key, first.key) && !now.equals(first);
    }
    return changed
        ? Optional.of(
            "The file of the model has changed under the server, which has to be restarted")
        : Optional.empty();
  }

  /**
   * Refuses to go on when the file has changed.
   *
   * @throws ApiException status 503
   */
  void require() {
    problem()
        .ifPresent(problem -> {
          throw ApiException.unavailable("model_changed", problem);
        });
  }
}
