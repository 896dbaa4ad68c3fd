package dev.rwkvx.hub;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder of pulled files: {@code OWNER/NAME/REVISION/FILE}. A file that is there is whole; it
 * is replaced at once when its revision has a new one.
 */
public final class ModelStore {
  private static final String MAIN = "main";

  private final Path folder;

  /**
   * A folder of pulled models.
   *
   * @param folder need not exist yet
   */
  public ModelStore(Path folder) {
    this.folder = folder;
  }

  /**
   * {@return the user's own: {@code RWKVX_CACHE}, or {@code rwkvx} in the folder for caches ({@code
   * XDG_CACHE_HOME}, {@code ~/.cache})}
   *
   * @param environment variables by name
   */
  public static ModelStore usual(Map<String, String> environment) {
    String named = environment.getOrDefault("RWKVX_CACHE", "");
    return new ModelStore(
        named.isBlank() ? Folders.cache(environment).resolve("rwkvx") : Path.of(named));
  }

  /**
   * {@return whether a model of a listing is here in its present form, by the notes of earlier
   * pulls}
   *
   * @param listing what the hub told of the repository
   * @param model one of the listing
   * @throws IOException when the store cannot be read
   */
  public boolean has(Listing listing, ModelFile model) throws IOException {
    for (RemoteFile shard : model.shards()) {
      if (!new StoredFile(place(listing, shard)).seemsToHave(shard)) {
        return false;
      }
    }
    return new StoredFile(place(listing, model.main())).seemsToHave(model.main());
  }

  /** Where a file of a listing belongs, whether or not it is there. */
  Path place(Listing listing, RemoteFile file) {
    return revisions(listing.repository())
        .resolve(RemotePath.encodePart(listing.revision()))
        .resolve(file.path());
  }

  /**
   * The pulled model that a name means: a known one, {@code OWNER/NAME:FILE}, or {@code OWNER/NAME}
   * where there is but one. Revision {@code main} comes before others. Empty when there is none.
   *
   * @param name as users write it
   * @return the file to open; empty when there is none
   * @throws InputException when it may be one of several
   */
  public Optional<Path> find(String name) {
    Optional<KnownModel> known = KnownModel.find(name);
    Optional<ModelName> repository = ModelName.of(name);
    try {
      if (known.isPresent()) {
        return find(known.get());
      }
      return repository.isPresent() ? find(repository.get()) : Optional.empty();
    } catch (IOException e) {
      throw new InputException(folder + ": cannot be searched for " + name + " (" + e + ")", e);
    }
  }

  private Optional<Path> find(KnownModel known) throws IOException {
    for (Path revision : revisionsOf(known.repository())) {
      Optional<Path> newest =
          models(revision).stream()
              .filter(path -> known.matches(path.toString()))
              .max((a, b) -> KnownModel.BY_DATE.compare(a.toString(), b.toString()));
      if (newest.isPresent()) {
        return newest.map(revision::resolve);
      }
    }
    return Optional.empty();
  }

  private Optional<Path> find(ModelName name) throws IOException {
    for (Path revision : revisionsOf(name.repository())) {
      String file = name.file();
      if (file != null) {
        if (Files.isRegularFile(revision.resolve(file))) {
          return Optional.of(revision.resolve(file));
        }
        continue;
      }
      List<Path> models = models(revision);
      if (models.size() > 1) {
        String names = models.stream().map(Path::toString).collect(Collectors.joining(", "));
        throw new InputException(
            "%s has several pulled models; say which: %s:FILE with one of %s"
                .formatted(name, name, names));
      }
      if (!models.isEmpty()) {
        return Optional.of(revision.resolve(models.getFirst()));
      }
    }
    return Optional.empty();
  }

  private Path revisions(RepositoryName repository) {
    return folder.resolve(repository.owner()).resolve(repository.name());
  }

  /** The folders of pulled revisions, main first. */
  private List<Path> revisionsOf(RepositoryName repository) throws IOException {
    Path revisions = revisions(repository);
    if (!Files.isDirectory(revisions)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(revisions)) {
      return folders
          .filter(Files::isDirectory)
          .sorted((a, b) -> a.endsWith(MAIN) ? -1 : b.endsWith(MAIN) ? 1 : a.compareTo(b))
          .toList();
    }
  }

  /** The models in a revision, relative to it. */
  private static List<Path> models(Path revision) throws IOException {
    try (Stream<Path> files = Files.walk(revision)) {
      return files
          .filter(Files::isRegularFile)
          .map(revision::relativize)
          .filter(path -> ModelFile.isModel(path.toString()) && RemotePath.isSafe(path.toString()))
          .sorted()
          .toList();
    }
  }
}
