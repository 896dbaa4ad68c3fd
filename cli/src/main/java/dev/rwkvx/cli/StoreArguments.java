package dev.rwkvx.cli;

import dev.rwkvx.hub.ModelStore;
import dev.rwkvx.hub.SharedCache;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where pulled models lie. */
final class StoreArguments {
  @Option(
      names = "--cache",
      paramLabel = "FOLDER",
      description =
          "Where pulled files are (default: RWKVX_CACHE, or rwkvx in the folder for caches,"
              + " ~/.cache).")
  private @Nullable Path cache;

  ModelStore open() {
    Map<String, String> environment = System.getenv();
    return cache == null
        ? ModelStore.usual(environment)
        : new ModelStore(cache, SharedCache.usual(environment));
  }
}
