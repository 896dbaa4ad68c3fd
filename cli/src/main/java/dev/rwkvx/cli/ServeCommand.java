package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.server.RwkvXServer;
import dev.rwkvx.server.ServerOptions;
import dev.rwkvx.server.ServerOptions.Access;
import dev.rwkvx.server.ServerOptions.SavedStates;
import dev.rwkvx.server.TlsFiles;
import dev.rwkvx.server.schedule.Limits;
import dev.rwkvx.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx serve}: a model behind HTTP. */
@Command(
    name = "serve",
    description = {
      "Serve a model over HTTP to the clients of the OpenAI interface, with a chat page at /."
          + " docs/serving.md tells all about it. Ctrl-C or SIGTERM ends when all have their"
          + " answers, a second one at once."
    })
final class ServeCommand implements Callable<Integer> {
  private static final String PASSWORD_VARIABLE = "RWKVX_TLS_PASSWORD";
  private static final int INTERRUPTED = 130;

  /** How soon a second signal is seen. */
  private static final Duration MOMENT = Duration.ofMillis(100);

  /** Tells of itself what nobody has asked; held, because its level goes with it. */
  private static final Logger HELIDON = Logger.getLogger("io.helidon");

  @ParentCommand private Main main;
  @Mixin private final TextModelArguments model = new TextModelArguments();
  @Mixin private final CacheArguments cache = new CacheArguments();

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Address to listen on; 0.0.0.0 is all (default: ${DEFAULT-VALUE}).")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port to listen on; 0 takes a free one (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What clients call the model (default: its file's name).")
  private @Nullable String name;

  @Option(
      names = "--max-batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Texts that are written side by side (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--max-queue",
      paramLabel = "N",
      defaultValue = "64",
      description =
          "Requests that may wait; further ones are refused with 429 (default: ${DEFAULT-VALUE}).")
  private int queue;

  @Option(
      names = "--max-pause",
      paramLabel = "SECONDS",
      defaultValue = "0.2",
      description =
          "What the prompts of others may add between two tokens (default: ${DEFAULT-VALUE}).")
  private double pause;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "4096",
      converter = TokenCount.class,
      description = "The most tokens of an answer (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  @Option(
      names = "--max-context",
      paramLabel = "N",
      defaultValue = "1M",
      converter = TokenCount.class,
      description = "The most tokens of a prompt and its answer (default: ${DEFAULT-VALUE}).")
  private int maxContext;

  @Option(
      names = "--max-body",
      paramLabel = "MIB",
      defaultValue = "16",
      description = "The largest request in MiB (default: ${DEFAULT-VALUE}).")
  private int maxBody;

  @Option(
      names = "--max-time",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description = "The most time of a request (default: ${DEFAULT-VALUE}).")
  private double time;

  @Option(
      names = "--max-memory",
      paramLabel = "MIB",
      description =
          "Memory that requests may take together, by estimate; further ones are refused (default:"
              + " half of the heap).")
  private @Nullable Integer memory;

  @Option(
      names = "--max-cache",
      paramLabel = "MIB",
      description =
          "Memory for keys and values of the texts being written; others wait (default: as much as"
              + " the heap may take).")
  private @Nullable Integer cacheMemory;

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      defaultValue = "25",
      description =
          "At the end, time for answers that have begun; new ones are refused (default:"
              + " ${DEFAULT-VALUE}).")
  private double drain;

  @Option(
      names = "--prefix-cache",
      paramLabel = "MIB",
      defaultValue = "1024",
      description =
          "Memory for states of earlier prompts, which need not be read again; 0 is none (default:"
              + " ${DEFAULT-VALUE}).")
  private int prefixes;

  @Option(
      names = "--states-dir",
      paramLabel = "DIR",
      description = "Where named states are saved (default: they are not).")
  private @Nullable Path states;

  @Option(
      names = "--max-states",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Files in --states-dir; no more are saved (default: ${DEFAULT-VALUE}).")
  private int maxStates;

  @Option(
      names = "--max-states-size",
      paramLabel = "MIB",
      defaultValue = "16384",
      description = "MiB in --states-dir; no more are saved (default: ${DEFAULT-VALUE}).")
  private long maxStatesSize;

  @Option(
      names = "--api-keys",
      paramLabel = "FILE",
      description =
          "Keys of which a request has to bring one, a line each, # for comments; also from the"
              + " variable "
              + ApiKeys.VARIABLE
              + ", separated by commas.")
  private @Nullable Path keys;

  @Option(
      names = "--allowed-hosts",
      paramLabel = "NAME",
      split = ",",
      description =
          "Names by which a server without keys may be called, beside its own and numeric"
              + " addresses; * is all.")
  private List<String> hosts = List.of();

  @Option(
      names = "--cors-origin",
      paramLabel = "ORIGIN",
      split = ",",
      description = "Web pages that may ask, such as https://example.org; * is all.")
  private List<String> origins = List.of();

  @Option(
      names = "--tls-keystore",
      paramLabel = "FILE",
      description =
          "Serve HTTPS with the key of a PKCS #12 file; its password is in the variable "
              + PASSWORD_VARIABLE
              + ".")
  private @Nullable Path keyStore;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "Serve HTTPS with the certificates of a PEM file, the server's own first.")
  private @Nullable Path certificates;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "The key that goes with --tls-cert: PEM, PKCS #8, no password.")
  private @Nullable Path key;

  @Override
  public Integer call() throws IOException {
    // What it says of a failed start is said below, in a sentence.
    HELIDON.setLevel(Level.OFF);
    LogLines.install();
    List<String> keyList =
        ApiKeys.read(
            Optional.ofNullable(keys), Optional.ofNullable(System.getenv(ApiKeys.VARIABLE)));
    Access access = new Access(keyList, origins, hosts, tls());
    Duration last = seconds("--drain", drain);
    try (RwkvX opened = model.open()) {
      Tokenizer tokenizer = model.tokenizer(opened);
      ServerOptions options = options(opened.path(), access);
      try (RwkvXServer server = RwkvXServer.start(opened, tokenizer, options);
          EndSignals signals = new EndSignals()) {
        HELIDON.setLevel(Level.WARNING);
        tell(options, server.port());
        return end(server, signals, last);
      }
    } catch (InterruptedException e) {
      return INTERRUPTED;
    }
  }

  private void tell(ServerOptions options, int bound) {
    Access access = options.access();
    String url = ServedAddress.url(host, bound, access.tls().isPresent());
    main.out.printf("%s is served at %s%n", options.modelName(), url);
    main.out.flush();
    if (access.keys().isEmpty() && !ServedAddress.isLocal(host)) {
      main.err.printf(
          "rwkvx serve: warning: all who reach %s may use the model and its saved states, because"
              + " there are no keys (--api-keys)%n",
          url);
      main.err.flush();
    }
  }

  /** At the first signal lets requests end; at the second, or when it takes too long, not. */
  private static int end(RwkvXServer server, EndSignals signals, Duration time)
      throws InterruptedException {
    int code = signals.await();
    server.refuse();
    long end = System.nanoTime() + time.toNanos();
    while (!server.awaitIdle(MOMENT)) {
      if (System.nanoTime() > end) {
        return code;
      }
      if (signals.another(Duration.ZERO)) {
        // The process is to be gone at once, whatever still runs in it.
        Runtime.getRuntime().halt(code);
      }
    }
    return 0;
  }

  private ServerOptions options(Path file, Access access) {
    ServerOptions.Builder options =
        ServerOptions.builder(name == null ? stem(file) : name)
            .address(host, port)
            .limits(
                new Limits(
                    batch,
                    queue,
                    seconds("--max-pause", pause),
                    (long) prefixes << 20,
                    Limits.defaults().prefixEntries()))
            .maxTokens(maxTokens)
            .maxContext(maxContext)
            .maxBody(mebibytes(maxBody))
            .time(seconds("--max-time", time))
            .cache(cache.options())
            .access(access);
    if (states != null) {
      options.states(new SavedStates(states, maxStates, maxStatesSize << 20));
    }
    if (memory != null) {
      options.memory((long) memory << 20);
    }
    if (cacheMemory != null) {
      options.cacheMemory((long) cacheMemory << 20);
    }
    return options.build();
  }

  private static int mebibytes(int count) {
    if (count < 1 || count > 2047) {
      throw new InputException("--max-body is " + count + "; expected 1 to 2047 MiB");
    }
    return count << 20;
  }

  private static Duration seconds(String option, double value) {
    if (!(value > 0 && value <= 1e6)) {
      throw new InputException(option + " is " + value + "; expected seconds above 0");
    }
    return Duration.ofNanos((long) (value * 1e9));
  }

  private static String stem(Path file) {
    return String.valueOf(file.getFileName()).replaceFirst("\\.(pth|safetensors)$", "");
  }

  private Optional<TlsFiles> tls() {
    if (keyStore != null && (certificates != null || key != null)) {
      throw new InputException("--tls-keystore does not go with --tls-cert and --tls-key");
    }
    if (keyStore != null) {
      String password = System.getenv(PASSWORD_VARIABLE);
      return Optional.of(new TlsFiles.KeyStoreFile(keyStore, password == null ? "" : password));
    }
    if (certificates == null && key == null) {
      return Optional.empty();
    }
    if (certificates == null || key == null) {
      throw new InputException("--tls-cert and --tls-key go together");
    }
    return Optional.of(new TlsFiles.PemFiles(certificates, key));
  }
}
