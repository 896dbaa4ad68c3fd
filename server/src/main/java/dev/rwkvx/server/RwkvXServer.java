package dev.rwkvx.server;

import dev.rwkvx.InputException;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.server.api.Api;
import dev.rwkvx.server.http.TlsContexts;
import dev.rwkvx.server.http.WatchedConnections;
import dev.rwkvx.tokenizer.Tokenizer;
import io.helidon.common.tls.Tls;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http1.Http1Config;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A model behind HTTP, in the shapes of the OpenAI interface: {@code docs/serving.md} has all of
 * it.
 */
public final class RwkvXServer implements AutoCloseable {
  private final Api api;
  private final WatchedConnections connections;
  private final WebServer server;

  private RwkvXServer(Api api, WatchedConnections connections, WebServer server) {
    this.api = api;
    this.connections = connections;
    this.server = server;
  }

  /**
   * Listens. The model stays the caller's, to be closed after the server.
   *
   * @param model open until the server is closed
   * @param tokenizer the model's vocabulary
   * @param options address, limits, sampling, access
   * @return the running server
   * @throws InputException when the options do not fit the model or the address cannot be had
   */
  public static RwkvXServer start(RwkvX model, Tokenizer tokenizer, ServerOptions options) {
    Optional<Tls> tls = options.access().tls().map(RwkvXServer::tls);
    Api api = new Api(model, tokenizer, options);
    WatchedConnections connections =
        new WatchedConnections(
            Http1Config.builder().maxHeadersSize(16 << 10), options.maxBody(), options.timeouts());
    try {
      WebServerConfig.Builder builder =
          WebServer.builder()
              .host(options.host())
              .port(options.port())
              .maxPayloadSize(options.maxBody())
              .addConnectionSelector(connections)
              .directHandlers(ProtocolErrors.handlers(options.maxBody()))
              .routing(api.routing())
              .shutdownHook(false);
      tls.ifPresent(builder::tls);
      WebServer server = builder.build().start();
      if (server.port() <= 0) {
        throw new IllegalStateException("is the address this machine's, and the port free?");
      }
      return new RwkvXServer(api, connections, server);
    } catch (IllegalStateException | UncheckedIOException e) {
      connections.close();
      api.close();
      throw new InputException(
          "The server cannot listen on %s port %d: %s"
              .formatted(options.host(), options.port(), e.getMessage()),
          e);
    }
  }

  private static Tls tls(TlsFiles files) {
    return switch (files) {
      case TlsFiles.KeyStoreFile(Path file, String password) ->
          TlsContexts.ofKeyStore(file, password);
      case TlsFiles.PemFiles(Path certificates, Path key) -> TlsContexts.ofPem(certificates, key);
    };
  }

  /** {@return the port that it listens on} */
  public int port() {
    return server.port();
  }

  /** From now on new requests are refused with 503, and {@code /health} is 503, too. */
  public void refuse() {
    api.refuse();
  }

  /**
   * Waits for requests to end.
   *
   * @param time the most to wait
   * @return whether none is being answered
   * @throws InterruptedException when the thread is interrupted meanwhile
   */
  public boolean awaitIdle(Duration time) throws InterruptedException {
    return api.awaitIdle(time);
  }

  /** Ends all requests, whose clients are told so, and frees the address. */
  @Override
  public void close() {
    api.close();
    server.stop();
    connections.close();
  }
}
