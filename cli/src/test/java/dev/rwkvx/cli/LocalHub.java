package dev.rwkvx.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A hub on this machine, all of whose repositories have the same files. */
final class LocalHub implements AutoCloseable {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private final Map<String, byte[]> files = new TreeMap<>();
  private final HttpServer server;

  LocalHub() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.start();
  }

  /** By name; to be changed by the test. */
  Map<String, byte[]> files() {
    return files;
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] answer;
    if (path.contains("/revision/")) {
      answer = ("{\"sha\": \"" + COMMIT + "\"}").getBytes(StandardCharsets.UTF_8);
    } else if (path.contains("/tree/")) {
      answer =
          files.keySet().stream()
              .map(this::entry)
              .collect(Collectors.joining(", ", "[", "]"))
              .getBytes(StandardCharsets.UTF_8);
    } else {
      answer = files.get(path.substring(path.lastIndexOf('/') + 1));
    }
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private String entry(String path) {
    byte[] content = files.get(path);
    return "{\"type\": \"file\", \"path\": \"%s\", \"lfs\": {\"oid\": \"%s\", \"size\": %d}}"
        .formatted(path, sha256(content), content.length);
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
