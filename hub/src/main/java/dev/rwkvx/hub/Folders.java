package dev.rwkvx.hub;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where a user's files lie, as the XDG base directory specification has it. */
final class Folders {
  private Folders() {}

  /** The user's folder for files that can be fetched again. */
  static Path cache(Map<String, String> environment) {
    // The specification wants relative paths to be passed over.
    return Optional.ofNullable(environment.get("XDG_CACHE_HOME"))
        .filter(folder -> folder.startsWith("/"))
        .map(Path::of)
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"));
  }
}
