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
  private static final List<String> DEFAULTS =
      List.of("model.safetensors", "model.safetensors.index.json");
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
   * {@return the model that is meant where none is named: the only one, or the one that has the
   * usual name of a default} Empty when there are several.
   *
   * @throws InputException when there is none
   */
  public Optional<ModelFile> choose() {
    List<ModelFile> models = models();
    if (models.isEmpty()) {
      throw new InputException(
          "%s has no model: none of its %d files is a .pth or .safetensors checkpoint"
              .formatted(repository, files.size()));
    }
    if (models.size() == 1) {
      return Optional.of(models.getFirst());
    }
    return DEFAULTS.stream()
        .flatMap(name -> file(name).stream())
        .findFirst()
        .map(file -> ModelFile.of(file, files));
  }

  /**
   * {@return the newest file that a known name stands for}
   *
   * @param known a name of this repository
   * @throws InputException when there is none any more
   */
  public ModelFile choose(KnownModel known) {
    RemoteFile newest =
        files.stream()
            .filter(file -> known.matches(file.path()))
            .max((a, b) -> KnownModel.BY_DATE.compare(a.path(), b.path()))
            .orElseThrow(() ->
                new InputException(
                    "%s has no file for %s; 'rwkvx pull %s --list' tells what it has"
                        .formatted(repository, known.name(), repository)));
    return new ModelFile(newest, List.of());
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
