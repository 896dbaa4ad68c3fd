package dev.rwkvx.hub;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Deletes a model from a revision, and what is of no use without it; locks stay. */
final class Removal {
  private final RevisionFolder revision;

  Removal(RevisionFolder revision) {
    this.revision = revision;
  }

  /**
   * Deletes files with weights; the vocabulary and the like when no model of their folder is left;
   * and folders that have become empty.
   *
   * @param store stays, even when it is empty
   * @param weights in the revision
   */
  void run(Path store, List<Path> weights) throws IOException {
    for (Path file : weights) {
      delete(file);
    }
    Path folder = weights.getFirst().resolveSibling("");
    boolean used =
        revision.models().stream()
            .anyMatch(model -> revision.folder().resolve(model).resolveSibling("").equals(folder));
    if (!used) {
      for (Path companion : companions(folder)) {
        delete(companion);
      }
    }
    for (Path empty = folder; !empty.equals(store); empty = empty.resolveSibling("")) {
      try {
        Files.delete(empty);
      } catch (DirectoryNotEmptyException e) {
        return;
      }
    }
  }

  private static void delete(Path file) throws IOException {
    StoredFile stored = new StoredFile(file);
    try (StoreLock _ = StoreLock.takeNow(stored.lock(), file)) {
      stored.delete();
    }
  }

  private static List<Path> companions(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> ModelFile.isCompanion(String.valueOf(file.getFileName())))
          .toList();
    }
  }
}
