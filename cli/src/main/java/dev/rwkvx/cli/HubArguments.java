package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.hub.Endpoint;
import dev.rwkvx.hub.Hub;
import dev.rwkvx.hub.Listing;
import dev.rwkvx.hub.ModelFile;
import dev.rwkvx.hub.ModelName;
import dev.rwkvx.hub.ModelStore;
import dev.rwkvx.hub.Patience;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Models by file or by name, fetched from a hub where they are not here yet. */
final class HubArguments {
  @Mixin private final StoreArguments arguments = new StoreArguments();

  @Option(
      names = "--mirror",
      paramLabel = "URL",
      description = "Where models are fetched from (default: HF_ENDPOINT, or huggingface.co).")
  private @Nullable String mirror;

  /**
   * The file of a model.
   *
   * @throws InputException when there is no such file and no such model, or one of several is meant
   */
  Path model(String name, PrintStream err) throws IOException, InterruptedException {
    if (Files.exists(Path.of(name))) {
      return Path.of(name);
    }
    ModelStore store = arguments.open();
    Optional<Path> pulled = store.find(name);
    if (pulled.isPresent()) {
      return pulled.get();
    }
    try (PullProgress progress = new PullProgress(err);
        Hub hub =
            new Hub(
                Endpoint.fromEnvironment(mirror, System.getenv()),
                store,
                Patience.usual(),
                progress)) {
      return pull(hub, name);
    }
  }

  private static Path pull(Hub hub, String name) throws IOException, InterruptedException {
    ModelName wanted = ModelName.parse(name);
    Listing listing = hub.list(wanted.repository(), "main");
    ModelFile chosen =
        listing
            .choose(wanted)
            .orElseThrow(() ->
                new InputException(
                    "%s has %d models; expected %s:FILE, and 'rwkvx pull --list %s' tells them"
                        .formatted(name, listing.models().size(), name, name)));
    Path file = hub.pull(listing, chosen);
    hub.vocabulary(file);
    return file;
  }
}
