package dev.rwkvx.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** Makes HTTP connections whose clients are watched while their requests are served. */
public final class WatchedConnections implements ServerConnectionSelector, AutoCloseable {
  private final ServerConnectionSelector http;
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
   * @param timeouts for requests and answers that come to a halt
   */
  public WatchedConnections(ServerConnectionSelector http, Timeouts timeouts) {
    this.http = http;
    this.timeouts = timeouts;
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("rwkvx-timer").factory());
    timer.setRemoveOnCancelPolicy(true);
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
    return WatchedConnection.open(context, http, timeouts, timer);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
