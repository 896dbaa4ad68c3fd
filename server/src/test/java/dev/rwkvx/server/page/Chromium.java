package dev.rwkvx.server.page;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A headless Chromium, driven by the DevTools protocol. */
final class Chromium implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome");
  private static final Pattern LISTENING = Pattern.compile("DevTools listening on (ws://\\S+)");
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int SECONDS = 60;

  private final Process process;
  private final Path profile;
  private final HttpClient client = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final AtomicInteger lastId = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();

  private Chromium(Process process, Path profile, URI address) {
    this.process = process;
    this.profile = profile;
    socket = client.newWebSocketBuilder().buildAsync(address, new Replies()).join();
  }

  /** Starts a browser, or skips the calling test where there is none. */
  static Chromium start() throws IOException {
    Path program =
        find()
            .orElseGet(
                () -> Assumptions.abort("skipped: no Chromium in PATH (one of " + NAMES + ")"));
    Path profile = Files.createTempDirectory("chromium");
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedReader errors = process.errorReader(StandardCharsets.UTF_8);
    StringBuilder said = new StringBuilder();
    for (String line; (line = errors.readLine()) != null; ) {
      said.append(line).append('\n');
      Matcher listening = LISTENING.matcher(line);
      if (listening.find()) {
        // Else the browser would stop when the pipe is full.
        Thread.ofVirtual().start(() -> errors.lines().forEach(rest -> {}));
        return new Chromium(process, profile, URI.create(listening.group(1)));
      }
    }
    throw new IOException("Chromium did not start: " + said);
  }

  private static Optional<Path> find() {
    return NAMES.stream()
        .flatMap(name ->
            Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** A page in a context of its own: nothing stored by others is seen. */
  Page open(URI address) {
    String context =
        command("", "Target.createBrowserContext", Map.of()).path("browserContextId").asString();
    String target =
        command(
                "",
                "Target.createTarget",
                Map.of("url", "about:blank", "browserContextId", context))
            .path("targetId")
            .asString();
    String session =
        command("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .path("sessionId")
            .asString();
    Page page = new Page(this, context, session);
    page.command("Page.enable", Map.of());
    page.navigate(address);
    return page;
  }

  /** Closes a page and forgets all that it has stored. */
  void close(String context) {
    command("", "Target.disposeBrowserContext", Map.of("browserContextId", context));
  }

  /** Sends a command to a page, or with an empty session to the browser; returns the result. */
  JsonNode command(String session, String method, Map<String, ?> parameters) {
    int id = lastId.incrementAndGet();
    Map<String, Object> message =
        new HashMap<>(Map.of("id", id, "method", method, "params", parameters));
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    CompletableFuture<JsonNode> reply = new CompletableFuture<>();
    waiting.put(id, reply);
    String text = JSON.writeValueAsString(message);
    synchronized (socket) {
      socket.sendText(text, true).join();
    }
    try {
      JsonNode answer = reply.get(SECONDS, TimeUnit.SECONDS);
      if (answer.has("error")) {
        throw new AssertionError(method + ": " + answer.path("error"));
      }
      return answer.path("result");
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(method + " had no reply", e);
    }
  }

  /** Gives each reply to whoever waits for it; events are passed over. */
  private final class Replies implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      message.append(data);
      if (last) {
        JsonNode reply = JSON.readTree(message.toString());
        message.setLength(0);
        CompletableFuture<JsonNode> waits = waiting.remove(reply.path("id").asInt(0));
        if (waits != null) {
          waits.complete(reply);
        }
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }
  }

  @Override
  public void close() throws IOException {
    // The program may be a script, and the browser a child of it.
    List<ProcessHandle> processes =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    command("", "Browser.close", Map.of());
    socket.abort();
    client.shutdownNow();
    for (ProcessHandle one : processes) {
      one.onExit().completeOnTimeout(one, SECONDS, TimeUnit.SECONDS).join().destroyForcibly();
    }
    try (Stream<Path> files = Files.walk(profile)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (UncheckedIOException | FileSystemException e) {
      // A helper of the browser that is still ending writes there; the system sweeps up.
    }
  }
}
