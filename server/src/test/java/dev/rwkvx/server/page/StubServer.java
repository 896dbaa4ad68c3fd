package dev.rwkvx.server.page;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Serves the chat page, and in place of a model says what it is told to. */
final class StubServer implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String NUMBERS =
      """
      {"choices":[],"usage":{"prompt_tokens":1200,"completion_tokens":34,"total_tokens":1234},\
      "rwkvx":{"context_tokens":1234,"cache_bytes":3355443,"prompt_tokens_per_second":456.7,\
      "tokens_per_second":7.89}}\
      """;

  /** How the server answers. */
  sealed interface Reply {}

  /** A whole answer in pieces. */
  record Says(List<String> pieces, String finishReason) implements Reply {
    static Says all(String... pieces) {
      return new Says(List.of(pieces), "stop");
    }
  }

  /** Pieces, then nothing until the client goes away. */
  record Waits(List<String> pieces, CompletableFuture<Void> gone) implements Reply {}

  /** Pieces, then the end of the connection. */
  record Breaks(List<String> pieces) implements Reply {}

  /** An error in place of an answer. */
  record Refuses(int status, String message, Map<String, String> headers) implements Reply {}

  private final HttpServer server;
  private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
  private volatile Reply reply = Says.all("Hello.");
  private volatile String wantedKey = "";

  StubServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", exchange -> send(exchange, 200, "text/html", page()));
    server.createContext("/v1/models", this::models);
    server.createContext("/v1/chat/completions", this::chat);
    server.start();
  }

  static byte[] page() throws IOException {
    try (InputStream page = StubServer.class.getResourceAsStream("/dev/rwkvx/server/chat.html")) {
      return page.readAllBytes();
    }
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
  }

  void reply(Reply value) {
    reply = value;
  }

  void wantKey(String key) {
    wantedKey = key;
  }

  /** The bodies of all requests for answers. */
  List<JsonNode> requests() {
    return requests;
  }

  private boolean isRefused(HttpExchange exchange) throws IOException {
    String given = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    if (wantedKey.isEmpty() || given.equals("Bearer " + wantedKey)) {
      return false;
    }
    send(exchange, new Refuses(401, "no such key", Map.of()));
    return true;
  }

  private void models(HttpExchange exchange) throws IOException {
    if (!isRefused(exchange)) {
      String models = "{\"object\":\"list\",\"data\":[{\"id\":\"tiny\",\"object\":\"model\"}]}";
      send(exchange, 200, "application/json", models.getBytes(StandardCharsets.UTF_8));
    }
  }

  private void chat(HttpExchange exchange) throws IOException {
    JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
    if (isRefused(exchange)) {
      return;
    }
    requests.add(request);
    Reply said = reply;
    if (said instanceof Refuses refusal) {
      send(exchange, refusal);
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      switch (said) {
        case Says whole -> {
          pieces(out, whole.pieces());
          event(out, delta(Map.of(), whole.finishReason()));
          event(out, NUMBERS);
          event(out, "[DONE]");
        }
        case Breaks broken -> pieces(out, broken.pieces());
        case Waits waiting -> {
          pieces(out, waiting.pieces());
          awaitEnd(out, waiting.gone());
        }
        case Refuses never -> throw new IllegalStateException();
      }
    }
  }

  /** A client that is gone is noticed by writing to it. */
  private static void awaitEnd(OutputStream out, CompletableFuture<Void> gone) {
    try {
      while (true) {
        out.write(": waiting\n\n".getBytes(StandardCharsets.UTF_8));
        out.flush();
        Thread.sleep(20);
      }
    } catch (IOException | InterruptedException e) {
      gone.complete(null);
    }
  }

  private static void pieces(OutputStream out, List<String> pieces) throws IOException {
    event(out, delta(Map.of("role", "assistant"), null));
    for (String piece : pieces) {
      event(out, delta(Map.of("content", piece), null));
    }
  }

  private static String delta(Map<String, String> delta, String finishReason) {
    Map<String, Object> choice = new HashMap<>(Map.of("index", 0, "delta", delta));
    choice.put("finish_reason", finishReason);
    return JSON.writeValueAsString(Map.of("choices", List.of(choice)));
  }

  private static void event(OutputStream out, String data) throws IOException {
    out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static void send(HttpExchange exchange, Refuses refusal) throws IOException {
    refusal.headers().forEach(exchange.getResponseHeaders()::set);
    String body = JSON.writeValueAsString(Map.of("error", Map.of("message", refusal.message())));
    send(exchange, refusal.status(), "application/json", body.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
