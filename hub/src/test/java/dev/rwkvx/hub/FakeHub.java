package dev.rwkvx.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server that behaves like the hub, for one repository, and another one under another host name
 * to which it redirects for large files. Faults are taken from a queue, one per request for
 * content.
 */
final class FakeHub implements AutoCloseable {
  private static final int LARGE = 1000;
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-");
  private static final Pattern PAGE = Pattern.compile("cursor=(\\d+)");

  private final RepositoryName name;
  final Map<String, byte[]> files = new TreeMap<>();

  /** What the hub lists instead of what it has, by path. */
  final Map<String, byte[]> listed = new TreeMap<>();

  final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
  final List<Request> requests = new CopyOnWriteArrayList<>();
  String commit = "0123456789abcdef0123456789abcdef01234567";
  String linkHost = "";
  int pageSize = 1000;

  private final Map<HttpServer, String> hosts = new HashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer hub = server("127.0.0.1");
  private final HttpServer storage = server("localhost");

  /** A request as the server saw it; empty where a header was missing. */
  record Request(boolean toHub, String path, String range, String authorization) {}

  /** Another answer than the right one. */
  interface Fault {
    void answer(HttpExchange exchange, byte[] content, int start) throws IOException;
  }

  FakeHub(RepositoryName name) throws IOException {
    this.name = name;
    hub.createContext("/", this::hub);
    storage.createContext("/", this::storage);
    hub.start();
    storage.start();
  }

  private HttpServer server(String host) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.setExecutor(threads);
    hosts.put(server, host);
    return server;
  }

  String address() {
    return address(hub);
  }

  private String address(HttpServer server) {
    return "http://" + hosts.get(server) + ":" + server.getAddress().getPort();
  }

  List<Request> contentRequests() {
    return requests.stream().filter(r -> r.path().contains("/blob/")).toList();
  }

  /** Sends some bytes and breaks the connection. */
  static Fault cutAfter(int bytes) {
    return (exchange, content, start) -> {
      begin(exchange, content, start);
      exchange.getResponseBody().write(content, start, Math.min(bytes, content.length - start));
      exchange.getResponseBody().flush();
    };
  }

  /** Sends some bytes and then nothing. */
  static Fault stallAfter(int bytes, long millis) {
    return (exchange, content, start) -> {
      begin(exchange, content, start);
      exchange.getResponseBody().write(content, start, bytes);
      exchange.getResponseBody().flush();
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  static Fault status(int status, String... headers) {
    return (exchange, content, start) -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
    };
  }

  /** Sends other content than was asked for, from the beginning. */
  static Fault instead(byte[] other) {
    return (exchange, content, start) -> {
      exchange.sendResponseHeaders(200, other.length);
      exchange.getResponseBody().write(other);
    };
  }

  private void hub(HttpExchange exchange) throws IOException {
    note(exchange, true);
    String path = exchange.getRequestURI().getRawPath();
    String api = "/api/models/" + name;
    String resolve = "/" + name + "/resolve/" + commit + "/";
    try (exchange) {
      if (path.equals(api + "/revision/main") || path.equals(api + "/revision/refs%2Fpr%2F1")) {
        send(exchange, "{\"id\": \"" + name + "\", \"sha\": \"" + commit + "\"}");
      } else if (path.equals(api + "/tree/" + commit)) {
        tree(exchange);
      } else if (path.startsWith(resolve) && files.containsKey(path.substring(resolve.length()))) {
        resolve(exchange, path.substring(resolve.length()));
      } else {
        exchange.getResponseHeaders().add("X-Error-Code", "RepoNotFound");
        exchange.sendResponseHeaders(404, -1);
      }
    }
  }

  private void tree(HttpExchange exchange) throws IOException {
    Map<String, byte[]> all = new TreeMap<>(files);
    all.putAll(listed);
    List<String> entries = new ArrayList<>();
    entries.add("{\"type\": \"directory\", \"path\": \"folder\", \"oid\": \"00\", \"size\": 0}");
    all.forEach((path, content) -> entries.add(entry(path, content)));
    String query = String.valueOf(exchange.getRequestURI().getRawQuery());
    Matcher cursor = PAGE.matcher(query);
    int from = cursor.find() ? Integer.parseInt(cursor.group(1)) : 0;
    int to = Math.min(entries.size(), from + pageSize);
    if (to < entries.size()) {
      exchange
          .getResponseHeaders()
          .add(
              "Link",
              "<%s%s?recursive=true&cursor=%d>; rel=\"next\""
                  .formatted(
                      linkHost.isEmpty() ? address() : linkHost,
                      exchange.getRequestURI().getRawPath(),
                      to));
    }
    send(exchange, entries.subList(from, to).toString());
  }

  private static String entry(String path, byte[] content) {
    String name = path.replace("\\", "\\\\");
    String lfs =
        content.length < LARGE
            ? ""
            : ", \"lfs\": {\"oid\": \"%s\", \"size\": %d, \"pointerSize\": 130}"
                .formatted(sha256(content), content.length);
    return "{\"type\": \"file\", \"path\": \"%s\", \"oid\": \"%s\", \"size\": %d%s}"
        .formatted(name, gitBlob(content), content.length, lfs);
  }

  private void resolve(HttpExchange exchange, String path) throws IOException {
    byte[] content = files.get(path);
    if (content.length < LARGE) {
      exchange.getResponseHeaders().add("ETag", "\"" + gitBlob(content) + "\"");
      answer(exchange, content);
      return;
    }
    exchange.getResponseHeaders().add("X-Repo-Commit", commit);
    exchange.getResponseHeaders().add("X-Linked-Size", String.valueOf(content.length));
    exchange.getResponseHeaders().add("X-Linked-ETag", "\"" + sha256(content) + "\"");
    exchange
        .getResponseHeaders()
        .add("Location", address(storage) + "/blob/" + path + "?signature=abc");
    exchange.sendResponseHeaders(302, -1);
  }

  private void storage(HttpExchange exchange) throws IOException {
    note(exchange, false);
    try (exchange) {
      exchange.getResponseHeaders().add("ETag", "\"the-storage-has-its-own\"");
      answer(exchange, files.get(exchange.getRequestURI().getPath().substring("/blob/".length())));
    }
  }

  private void answer(HttpExchange exchange, byte[] content) throws IOException {
    Fault fault = faults.poll();
    int start = start(exchange);
    if (fault != null) {
      fault.answer(exchange, content, start);
      return;
    }
    begin(exchange, content, start);
    exchange.getResponseBody().write(content, start, content.length - start);
  }

  private static int start(HttpExchange exchange) {
    Matcher range = RANGE.matcher(header(exchange, "Range"));
    return range.matches() ? Integer.parseInt(range.group(1)) : 0;
  }

  private static void begin(HttpExchange exchange, byte[] content, int start) throws IOException {
    if (start > 0) {
      exchange
          .getResponseHeaders()
          .add(
              "Content-Range",
              "bytes %d-%d/%d".formatted(start, content.length - 1, content.length));
    }
    exchange.sendResponseHeaders(start > 0 ? 206 : 200, content.length - start);
  }

  private void note(HttpExchange exchange, boolean toHub) {
    requests.add(
        new Request(
            toHub,
            exchange.getRequestURI().getRawPath(),
            header(exchange, "Range"),
            header(exchange, "Authorization")));
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private static void send(HttpExchange exchange, String json) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  static String sha256(byte[] content) {
    return hex("SHA-256", content);
  }

  static String gitBlob(byte[] content) {
    byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] blob = Arrays.copyOf(header, header.length + content.length);
    System.arraycopy(content, 0, blob, header.length, content.length);
    return hex("SHA-1", blob);
  }

  private static String hex(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    storage.stop(0);
    threads.shutdownNow();
  }
}
