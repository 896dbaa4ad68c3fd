package dev.rwkvx.hub;

import dev.rwkvx.InputException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a repository holds.
 *
 * @param repository what was listed
 * @param revision as the user named it: a branch, a tag or a commit
 * @param commit that the revision is now
 * @param files all that can be pulled; files with names that no file here should have are left out
 */
public record Listing(
    RepositoryName repository, String revision, String commit, List<RemoteFile> files) {
  private static final int MOST_NAMES = 5;

  /** {@return all models, in the order of the list} */
  public List<ModelFile> models() {
    return files.stream()
        .filter(file -> ModelFile.isModel(file.path()))
        .map(file -> ModelFile.of(file, files))
        .toList();
  }

  /**
   * {@return the file of a path, be it a model or not}
   *
   * @param path in the repository
   * @throws InputException when there is none
   */
  public ModelFile model(String path) {
    return ModelFile.of(file(path).orElseThrow(() -> noSuchFile(path)), files);
  }

  /**
   * {@return the model that a name means} Empty when it may be one of several.
   *
   * @param name of a model of this repository
   * @throws InputException when there is none
   */
  public Optional<ModelFile> choose(ModelName name) {
    String path = name.file();
    if (path != null && file(path).isPresent()) {
      return Optional.of(model(path));
    }
    List<String> models = models().stream().map(model -> model.main().path()).toList();
    List<String> meant = name.choose(models);
    if (meant.isEmpty()) {
      throw path != null ? noSuchFile(path) : noSuchModel(name);
    }
    return meant.size() == 1 ? Optional.of(model(meant.getFirst())) : Optional.empty();
  }

  private InputException noSuchModel(ModelName name) {
    return new InputException(
        name.known() == null
            ? "%s has no model: none of its %d files is a .pth, .safetensors or .gguf checkpoint"
                .formatted(repository, files.size())
            : "%s has no file for %s; 'rwkvx pull %s --list' tells what it has"
                .formatted(repository, name, repository));
  }

  private Optional<RemoteFile> file(String path) {
    return files.stream().filter(file -> file.path().equals(path)).findFirst();
  }

  private InputException noSuchFile(String path) {
    List<ModelFile> models = models();
    String names =
        models.stream()
            .limit(MOST_NAMES)
            .map(model -> model.main().path())
            .collect(Collectors.joining(", "));
    String more = models.size() > MOST_NAMES ? " and others" : "";
    return new InputException(
        "%s has no file %s%s"
            .formatted(repository, path, names.isEmpty() ? "" : "; it has " + names + more));
  }
}
