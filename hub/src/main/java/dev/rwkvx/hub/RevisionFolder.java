package dev.rwkvx.hub;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files of one revision of a repository on the disk.
 *
 * @param folder holds them under the paths that they have in the repository
 */
record RevisionFolder(Path folder) {
  /** Deeper than any repository of models, and the end of folders that are linked into a loop. */
  private static final int MOST_LEVELS = 16;

  /** The files that a name may mean; one where the name and what there is leave no choice. */
  List<Path> find(ModelName name) throws IOException {
    String file = name.file();
    if (file != null && Files.isRegularFile(folder.resolve(file))) {
      return List.of(folder.resolve(file));
    }
    return name.choose(models()).stream().map(folder::resolve).toList();
  }

  /** The paths of the models in the repository, sorted. */
  List<String> models() throws IOException {
    return paths().stream().filter(ModelFile::isModel).toList();
  }

  /** The files with weights of a model, its own first. */
  List<Path> weights(String model) throws IOException {
    return Stream.concat(
            Stream.of(model), paths().stream().filter(path -> ModelFile.isPart(path, model)))
        .map(folder::resolve)
        .toList();
  }

  /** All files that are whole; links to files count as files, links to folders are not followed. */
  private List<String> paths() throws IOException {
    try (Stream<Path> files = Files.walk(folder, MOST_LEVELS, new FileVisitOption[0])) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .filter(RemotePath::isSafe)
          .sorted()
          .toList();
    }
  }
}
