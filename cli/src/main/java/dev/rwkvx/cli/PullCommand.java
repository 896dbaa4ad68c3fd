package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.hub.Endpoint;
import dev.rwkvx.hub.Hub;
import dev.rwkvx.hub.KnownModel;
import dev.rwkvx.hub.Listing;
import dev.rwkvx.hub.ModelFile;
import dev.rwkvx.hub.ModelName;
import dev.rwkvx.hub.ModelStore;
import dev.rwkvx.hub.Patience;
import dev.rwkvx.hub.PullListener;
import dev.rwkvx.hub.RemoteFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx pull}: models from the hub. */
@Command(
    name = "pull",
    description = {
      "Fetch a model from the Hugging Face hub into the cache folder, with its vocabulary.",
      "A pull that was interrupted goes on where it stopped. HF_TOKEN is used for gated and private"
          + " models."
    })
final class PullCommand implements Callable<Integer> {
  private static final String MAIN_REVISION = "main";

  @ParentCommand private Main main;
  @Mixin private final StoreArguments arguments = new StoreArguments();

  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL",
      description =
          "OWNER/NAME or a known name such as rwkv7-g1-0.1b, perhaps with :FILE or, for GGUF files,"
              + " :TYPE such as :Q4_K_M; --list without a model tells the known names.")
  private @Nullable String name;

  @Option(
      names = "--revision",
      paramLabel = "R",
      defaultValue = MAIN_REVISION,
      description = "A branch, a tag or a commit (default: ${DEFAULT-VALUE}).")
  private String revision;

  @Option(
      names = "--mirror",
      paramLabel = "URL",
      description = "A server with the hub's layout (default: HF_ENDPOINT, or the hub itself).")
  private @Nullable String mirror;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "Give the model this name or place as well: a hard link where possible, or a copy; a"
              + " folder for a model of several files.")
  private @Nullable Path out;

  @Option(names = "--list", description = "List the models of the repository, and fetch nothing.")
  private boolean list;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (name == null) {
      if (!list) {
        throw new InputException(
            "expected a model: OWNER/NAME, OWNER/NAME:FILE or a name that --list tells");
      }
      printKnown();
      return 0;
    }
    Endpoint endpoint = Endpoint.fromEnvironment(mirror, System.getenv());
    ModelStore store = arguments.open();
    try (PullProgress progress = new PullProgress(main.err);
        Hub hub = new Hub(endpoint, store, Patience.usual(), progress)) {
      pull(hub, store, name, progress);
    }
    return 0;
  }

  private void pull(Hub hub, ModelStore store, String name, PullListener listener)
      throws IOException, InterruptedException {
    ModelName wanted = ModelName.parse(name);
    Listing listing = hub.list(wanted.repository(), revision);
    if (list) {
      print(listing, store);
      return;
    }
    Optional<ModelFile> chosen = listing.choose(wanted);
    if (chosen.isEmpty()) {
      print(listing, store);
      throw new InputException(
          "%s has %d models; choose one with rwkvx pull %s:FILE"
              .formatted(name, listing.models().size(), listing.repository()));
    }
    if (out != null && !others(chosen.get()).isEmpty() && !Files.isDirectory(out)) {
      throw new InputException(
          out
              + ": is no folder, and "
              + name
              + " is a model of several files; --out takes a folder");
    }
    Path place = out == null ? null : OutputLink.place(chosen.get().main().name(), out);
    Path pulled = hub.pull(listing, chosen.get());
    report(pulled, chosen.get());
    Path model = place == null ? pulled : link(pulled, place, chosen.get());
    try {
      pullVocabulary(hub, pulled, model);
      main.out.println("next: " + next(listing, model));
    } catch (InputException missing) {
      // A model is worth having without its vocabulary, and a file that is no model was asked for.
      listener.note(String.valueOf(missing.getMessage()));
    }
  }

  private static List<RemoteFile> others(ModelFile model) {
    return Stream.concat(model.parts().stream(), model.companions().stream()).toList();
  }

  private Path link(Path pulled, Path place, ModelFile model) throws IOException {
    for (RemoteFile other : others(model)) {
      OutputLink.create(pulled.resolveSibling(other.name()), place.resolveSibling(other.name()));
    }
    return link(pulled, place);
  }

  /** Brings the vocabulary beside the model, if it needs the one that is known. */
  private void pullVocabulary(Hub hub, Path pulled, Path model)
      throws IOException, InterruptedException {
    Optional<Path> vocabulary = hub.vocabulary(pulled);
    if (vocabulary.isPresent()) {
      Path beside = model.resolveSibling(vocabulary.get().getFileName());
      if (Files.exists(beside)) {
        told(beside);
      } else {
        link(vocabulary.get(), beside);
      }
    }
  }

  private Path link(Path file, Path place) throws IOException {
    OutputLink.create(file, place);
    return told(place);
  }

  private Path told(Path file) {
    main.out.println(file);
    return file;
  }

  private void report(Path file, ModelFile model) {
    int files = 1 + others(model).size();
    String shards = files == 1 ? "" : " in " + files + " files";
    main.out.printf(
        "%s: %s%s, %s checked%n",
        file, Text.bytes(model.size()), shards, model.main().hash().kind());
  }

  /**
   * What to type next. The name is enough where the other commands find the model by it, and none
   * can do much with a file that is no model.
   */
  private String next(Listing listing, Path model) {
    boolean chats =
        KnownModel.ALL.stream()
            .anyMatch(known -> known.chats() && known.repository().equals(listing.repository()));
    String command = chats ? "chat" : "generate";
    boolean byName =
        ModelStore.usual(System.getenv()).find(String.valueOf(name)).equals(Optional.of(model));
    return "rwkvx %s --model %s%s"
        .formatted(command, byName ? name : quoted(model), command.equals("chat") ? "" : " PROMPT");
  }

  private static String quoted(Path file) {
    String path = file.toString();
    return path.matches("[\\w@%+=:,./-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
  }

  private void print(Listing listing, ModelStore store) throws IOException {
    main.out.printf(
        "%s, %s at commit %.7s%n", listing.repository(), listing.revision(), listing.commit());
    int width = listing.models().stream().mapToInt(m -> m.main().path().length()).max().orElse(1);
    for (ModelFile model : listing.models()) {
      main.out.printf(
          "  %-" + width + "s  %10s%s%n",
          model.main().path(),
          Text.bytes(model.size()),
          store.has(listing, model) ? "  pulled" : "");
    }
  }

  private void printKnown() {
    ModelStore store = arguments.open();
    for (KnownModel known : KnownModel.ALL) {
      main.out.printf(
          "%-19s  %s%s%n",
          known.name(),
          known.repository(),
          pulled(store, known.name()).map(path -> "; pulled: " + path.getFileName()).orElse(""));
    }
  }

  /** Empty also where it may be one of several. */
  private static Optional<Path> pulled(ModelStore store, String name) {
    try {
      return store.find(name);
    } catch (InputException several) {
      return Optional.empty();
    }
  }
}
