package dev.rwkvx;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Finds the reference data that lies beside the repository, in a folder {@code shared}. */
public final class SharedFiles {
  private SharedFiles() {}

  /**
   * A file or folder under {@code shared}, found by walking up from the working directory. Skips
   * the calling test when it is absent.
   *
   * @param name the path inside {@code shared}, for example {@code golden/forward-f32/model.pth}
   */
  public static Path path(String name) {
    Path start = Path.of("").toAbsolutePath();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      Path candidate = folder.resolve("shared").resolve(name);
      if (Files.exists(candidate)) {
        return candidate;
      }
    }
    Assumptions.abort("skipped: no shared/" + name + " in a folder above " + start);
    throw new AssertionError("abort always throws");
  }
}
