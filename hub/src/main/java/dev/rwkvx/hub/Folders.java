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

  /** The folder of the hub's own tools. */
  static Path huggingFace(Map<String, String> environment) {
    return set(environment, "HF_HOME")
        .map(Path::of)
        .orElseGet(() -> cache(environment).resolve("huggingface"));
  }

  /** A variable that says something. */
  static Optional<String> set(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).map(String::strip).filter(s -> !s.isEmpty());
  }
}
