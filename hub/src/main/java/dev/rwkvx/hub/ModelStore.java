package dev.rwkvx.hub;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder of pulled files: {@code OWNER/NAME/REVISION/FILE}. A file that is there is whole; it
 * is replaced at once when its revision has a new one. Models that are not here are looked for in
 * the cache of the hub's own tools.
 */
public final class ModelStore {
  private static final String MAIN = "main";

  private final Path folder;
  private final SharedCache shared;

  /**
   * A folder of pulled models.
   *
   * @param folder need not exist yet
   * @param shared where else models may be
   */
  public ModelStore(Path folder, SharedCache shared) {
    this.folder = folder;
    this.shared = shared;
  }

  /**
   * {@return the user's own: {@code RWKVX_CACHE}, or {@code rwkvx} in the folder for caches ({@code
   * XDG_CACHE_HOME}, {@code ~/.cache})}
   *
   * @param environment variables by name
   */
  public static ModelStore usual(Map<String, String> environment) {
    Path folder =
        Folders.set(environment, "RWKVX_CACHE")
            .map(Path::of)
            .orElseGet(() -> Folders.cache(environment).resolve("rwkvx"));
    return new ModelStore(folder, SharedCache.usual(environment));
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
    for (RemoteFile part : model.parts()) {
      if (!new StoredFile(place(listing, part)).seemsToHave(part)) {
        return false;
      }
    }
    return new StoredFile(place(listing, model.main())).seemsToHave(model.main());
  }

  /** Where a file of a listing belongs, whether or not it is there. */
  Path place(Listing listing, RemoteFile file) {
    return repository(listing.repository())
        .resolve(RemotePath.encodePart(listing.revision()))
        .resolve(file.path());
  }

  /** The file of a listing in the cache of the hub's own tools, if it is there. */
  Optional<Path> elsewhere(Listing listing, RemoteFile file) throws IOException {
    return shared.find(listing, file);
  }

  /**
   * The model on the disk that a name means. Revision {@code main} comes before others, and what
   * was pulled here before what other tools have. Empty when there is none.
   *
   * @param name as users write it
   * @return the file to open; empty when there is none
   * @throws InputException when it may be one of several
   */
  public Optional<Path> find(String name) {
    Optional<ModelName> wanted = ModelName.of(name);
    if (wanted.isEmpty()) {
      return Optional.empty();
    }
    try {
      RepositoryName repository = wanted.get().repository();
      Optional<Path> pulled = find(wanted.get(), revisions(repository));
      return pulled.isPresent() ? pulled : find(wanted.get(), shared.revisions(repository));
    } catch (IOException e) {
      throw new InputException(folder + ": cannot be searched for " + name + " (" + e + ")", e);
    }
  }

  private static Optional<Path> find(ModelName name, List<RevisionFolder> revisions)
      throws IOException {
    for (RevisionFolder revision : revisions) {
      List<Path> found = revision.find(name);
      if (found.size() > 1) {
        String names =
            found.stream()
                .map(file -> revision.folder().relativize(file).toString())
                .collect(Collectors.joining(", "));
        throw new InputException(
            "%s has several pulled models; say which: %s:FILE with one of %s"
                .formatted(name, name.repository(), names));
      }
      if (!found.isEmpty()) {
        return Optional.of(found.getFirst());
      }
    }
    return Optional.empty();
  }

  /**
   * {@return all models on the disk, those that were pulled here first}
   *
   * @throws IOException when a folder cannot be read
   */
  public List<StoredModel> list() throws IOException {
    List<StoredModel> models = new ArrayList<>();
    for (Path owner : folders(folder)) {
      for (Path name : folders(owner)) {
        String words = owner.getFileName() + "/" + name.getFileName();
        Optional<ModelName> repository = ModelName.of(words);
        if (repository.isPresent()) {
          add(models, words, revisions(repository.get().repository()), false);
        }
      }
    }
    for (RepositoryName repository : shared.repositories()) {
      add(models, repository.toString(), shared.revisions(repository), true);
    }
    return models;
  }

  private void add(
      List<StoredModel> models, String repository, List<RevisionFolder> revisions, boolean isShared)
      throws IOException {
    for (RevisionFolder revision : revisions) {
      for (String path : revision.models()) {
        Path file = revision.folder().resolve(path);
        if (isThere(models, file)) {
          continue; // Taken from there by a link.
        }
        List<Path> weights = revision.weights(path);
        long size = 0;
        for (Path part : weights) {
          size += Files.size(part);
        }
        models.add(
            new StoredModel(shortest(repository, path, file), file, weights, size, isShared));
      }
    }
  }

  private static boolean isThere(List<StoredModel> models, Path file) throws IOException {
    for (StoredModel model : models) {
      if (Files.isSameFile(model.file(), file)) {
        return true;
      }
    }
    return false;
  }

  /** The path where no name means this file, since another revision has one of the same name. */
  private String shortest(String repository, String path, Path file) {
    String type = GgufPath.type(path).orElse(path);
    for (String name : List.of(repository, repository + ":" + type, repository + ":" + path)) {
      try {
        if (find(name).equals(Optional.of(file))) {
          return name;
        }
      } catch (InputException severalModels) {
        // A longer name tells them apart.
      }
    }
    return file.toString();
  }

  /**
   * Deletes a model with all that was pulled for it alone.
   *
   * @param model one that {@link #list} told of
   * @throws InputException when it is not in this store, or is being pulled
   * @throws IOException when a file cannot be deleted
   */
  public void delete(StoredModel model) throws IOException {
    if (model.shared() || !model.file().startsWith(folder)) {
      throw new InputException(
          "%s lies in the cache of the hub's own tools, which is only read here; 'hf cache' deletes it"
              .formatted(model.name()));
    }
    Path revision = folder.resolve(folder.relativize(model.file()).subpath(0, 3));
    new Removal(new RevisionFolder(revision)).run(folder, model.weights());
  }

  private Path repository(RepositoryName repository) {
    return folder.resolve(repository.owner()).resolve(repository.name());
  }

  /** The pulled revisions, main first. */
  private List<RevisionFolder> revisions(RepositoryName repository) throws IOException {
    return folders(repository(repository)).stream()
        .sorted((a, b) -> a.endsWith(MAIN) ? -1 : b.endsWith(MAIN) ? 1 : a.compareTo(b))
        .map(RevisionFolder::new)
        .toList();
  }

  private static List<Path> folders(Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(parent)) {
      return folders.filter(Files::isDirectory).sorted().toList();
    }
  }
}
