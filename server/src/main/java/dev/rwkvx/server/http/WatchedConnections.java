package dev.rwkvx.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** Makes HTTP connections whose clients are watched while their requests are served. */
public final class WatchedConnections implements ServerConnectionSelector, AutoCloseable {
  private final ServerConnectionSelector http;
  private final long maxBody;
  private final Timeouts timeouts;
  private final ScheduledThreadPoolExecutor timer;

  /**
   * How long a client may take.
   *
   * @param idle between two requests
   * @param request to send one, from its first byte to its last
   * @param write to take what is written at once
   */
  public record Timeouts(Duration idle, Duration request, Duration write) {
    /** {@return the usual patience} */
    public static Timeouts defaults() {
      return new Timeouts(Duration.ofMinutes(2), Duration.ofSeconds(30), Duration.ofSeconds(30));
    }
  }

  /**
   * Watches connections.
   *
   * @param http makes the connections that are watched
   * @param maxBody the most bytes of a body
   * @param timeouts for requests and answers that come to a halt
   */
  public WatchedConnections(Http1Config.Builder http, long maxBody, Timeouts timeouts) {
    Http1Config config =
        http.addReceiveListener(new Listener(false)).addSendListener(new Listener(true)).build();
    this.http = Http1ConnectionSelector.builder().config(config).build();
    this.maxBody = maxBody;
    this.timeouts = timeouts;
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("rwkvx-timer").factory());
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Sees the heads of requests, or of answers. */
  private record Listener(boolean answers) implements Http1ConnectionListener {
    @Override
    public void prologue(ConnectionContext context, HttpPrologue prologue) {
      if (context instanceof WatchedConnection connection) {
        connection.prologue(prologue.method());
      }
    }

    @Override
    public void headers(ConnectionContext context, Headers headers) {
      if (context instanceof WatchedConnection connection
          && headers.containsToken(HeaderValues.CONNECTION_CLOSE)) {
        connection.endAfterRequest(answers);
      }
    }
  }

  @Override
  public int bytesToIdentifyConnection() {
    return http.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    // Whatever comes is answered, if only with an error.
    return Support.SUPPORTED;
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    return WatchedConnection.open(context, http, maxBody, timeouts, timer);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
