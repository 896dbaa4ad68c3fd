package dev.rwkvx.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The cache of the hub's own tools, as {@code hf download} fills it: {@code
 * models--OWNER--NAME/snapshots/COMMIT/FILE}, links to {@code blobs}, and {@code refs/BRANCH} with
 * the commit. It is read, and never written.
 */
public final class SharedCache {
  private static final String PREFIX = "models--";
  private static final String SEPARATOR = "--";

  /** A commit in hexadecimal digits. */
  private static final int LONGEST_REFERENCE = 100;

  private final Path folder;

  /**
   * A cache.
   *
   * @param folder need not exist
   */
  public SharedCache(Path folder) {
    this.folder = folder;
  }

  /**
   * {@return the user's own: {@code HF_HUB_CACHE}, or {@code hub} in {@code HF_HOME} ({@code
   * ~/.cache/huggingface})}
   *
   * @param environment variables by name
   */
  public static SharedCache usual(Map<String, String> environment) {
    return new SharedCache(
        Folders.set(environment, "HF_HUB_CACHE")
            .or(() -> Folders.set(environment, "HUGGINGFACE_HUB_CACHE"))
            .map(Path::of)
            .orElseGet(() -> Folders.huggingFace(environment).resolve("hub")));
  }

  /** The commits of a repository, that of main first, then the latest. */
  List<RevisionFolder> revisions(RepositoryName repository) throws IOException {
    Path own = folder.resolve(PREFIX + repository.owner() + SEPARATOR + repository.name());
    Path snapshots = own.resolve("snapshots");
    if (!Files.isDirectory(snapshots)) {
      return List.of();
    }
    String main = reference(own.resolve("refs").resolve("main"));
    try (Stream<Path> folders = Files.list(snapshots)) {
      return folders
          .filter(Files::isDirectory)
          .sorted(
              Comparator.comparing((Path commit) -> !commit.endsWith(main))
                  .thenComparing(SharedCache::time, Comparator.reverseOrder()))
          .map(RevisionFolder::new)
          .toList();
    }
  }

  private static String reference(Path file) throws IOException {
    boolean plausible = Files.isRegularFile(file) && Files.size(file) <= LONGEST_REFERENCE;
    String words = plausible ? Files.readString(file).strip() : "";
    return RemotePath.isSafe(words) ? words : "main";
  }

  private static FileTime time(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  /** The file of a listing, if it is here; its content is not looked at. */
  Optional<Path> find(Listing listing, RemoteFile file) throws IOException {
    for (RevisionFolder revision : revisions(listing.repository())) {
      Path place = revision.folder().resolve(file.path());
      if (revision.folder().endsWith(listing.commit())
          && Files.isRegularFile(place)
          && Files.size(place) == file.size()) {
        return Optional.of(place);
      }
    }
    return Optional.empty();
  }

  /** The repositories of models that are here. */
  List<RepositoryName> repositories() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<RepositoryName> names = new ArrayList<>();
    try (Stream<Path> folders = Files.list(folder)) {
      for (Path path : folders.sorted().toList()) {
        String name = String.valueOf(path.getFileName());
        int end = name.indexOf(SEPARATOR, PREFIX.length());
        if (name.startsWith(PREFIX) && end > 0) {
          String owner = name.substring(PREFIX.length(), end);
          String repository = name.substring(end + SEPARATOR.length());
          if (RepositoryName.isName(owner, repository)) {
            names.add(new RepositoryName(owner, repository));
          }
        }
      }
    }
    return names;
  }
}
