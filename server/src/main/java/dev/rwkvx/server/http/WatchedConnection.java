package dev.rwkvx.server.http;

import dev.rwkvx.server.http.WatchedConnections.Timeouts;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP connection between whose socket and reader stands a thread that always reads: so it is
 * known at once when the client goes away, also while its request is at work and nobody reads. It
 * hands over one buffer at a time; a client that sends more has to wait. A client that takes too
 * long, to send or to receive, is cut off.
 */
final class WatchedConnection implements ServerConnection, ConnectionContext {
  private static final byte[] END = new byte[0];

  private final ConnectionContext context;
  private final Timeouts timeouts;
  private final ScheduledExecutorService timer;
  private final Client client = new Client();
  private final BlockingQueue<byte[]> received = new ArrayBlockingQueue<>(1);
  private final DataReader reader = DataReader.create(this::next);
  private final DataWriter writer;
  private final Thread pump;
  private @Nullable ServerConnection http;

  /** When the request that has begun has to be complete. */
  private long deadline;

  private WatchedConnection(
      ConnectionContext context, Timeouts timeouts, ScheduledExecutorService timer) {
    this.context = context;
    this.timeouts = timeouts;
    this.timer = timer;
    writer = new TimedWriter(context.dataWriter());
    pump = Thread.ofVirtual().name("rwkvx-client").unstarted(this::pump);
  }

  static WatchedConnection open(
      ConnectionContext context,
      ServerConnectionSelector selector,
      Timeouts timeouts,
      ScheduledExecutorService timer) {
    WatchedConnection connection = new WatchedConnection(context, timeouts, timer);
    connection.http = selector.connection(connection);
    return connection;
  }

  @Override
  public void handle(Limit limit) throws InterruptedException {
    pump.start();
    try {
      ScopedValue.where(Client.CURRENT, client)
          .call(() -> {
            http().handle(limit);
            return true;
          });
    } finally {
      pump.interrupt();
    }
  }

  private ServerConnection http() {
    if (http == null) {
      throw new IllegalStateException("the connection is not open");
    }
    return http;
  }

  @Override
  public Duration idleTime() {
    return http().idleTime();
  }

  @Override
  public void close(boolean interrupt) {
    http().close(interrupt);
  }

  // --- reading ---------------------------------------------------------------------------------

  private void pump() {
    DataReader socket = context.dataReader();
    try {
      while (true) {
        socket.ensureAvailable();
        received.put(socket.readBytes(socket.available()));
      }
    } catch (InterruptedException e) {
      // The connection has ended on this side.
    } catch (RuntimeException e) {
      // The end of the stream, or a broken one: whichever, the client is gone.
      client.leave();
      handOverEnd();
    }
  }

  private void handOverEnd() {
    try {
      received.put(END);
    } catch (InterruptedException e) {
      // Nobody asks any more.
    }
  }

  /** The next bytes for the HTTP connection, or null at the end. */
  private byte @Nullable [] next() {
    long now = System.nanoTime();
    long wait = client.idle ? timeouts.idle().toNanos() : deadline - now;
    byte @Nullable [] bytes;
    try {
      bytes = received.poll(wait, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CloseConnectionException("the server is being closed", e);
    }
    if (bytes == null) {
      throw late();
    }
    if (bytes == END) {
      boolean unused = received.offer(END);
      return null;
    }
    if (client.idle) {
      client.idle = false;
      deadline = System.nanoTime() + timeouts.request().toNanos();
    }
    return bytes;
  }

  private RuntimeException late() {
    if (client.idle) {
      return new CloseConnectionException("no request has come");
    }
    return RequestException.builder()
        .type(DirectHandler.EventType.OTHER)
        .status(Status.REQUEST_TIMEOUT_408)
        .setKeepAlive(false)
        .message("The request was not complete in time")
        .safeMessage(true)
        .build();
  }

  // --- writing ---------------------------------------------------------------------------------

  /** Interrupts a write that takes too long, which closes the socket under it. */
  private final class TimedWriter implements DataWriter {
    private final DataWriter socket;

    TimedWriter(DataWriter socket) {
      this.socket = socket;
    }

    private void timed(Runnable write) {
      Thread thread = Thread.currentThread();
      Future<?> end =
          timer.schedule(thread::interrupt, timeouts.write().toNanos(), TimeUnit.NANOSECONDS);
      try {
        write.run();
      } finally {
        end.cancel(false);
      }
    }

    @Override
    public void write(BufferData... buffers) {
      timed(() -> socket.write(buffers));
    }

    @Override
    public void write(BufferData buffer) {
      timed(() -> socket.write(buffer));
    }

    @Override
    public void writeNow(BufferData... buffers) {
      timed(() -> socket.writeNow(buffers));
    }

    @Override
    public void writeNow(BufferData buffer) {
      timed(() -> socket.writeNow(buffer));
    }

    @Override
    public void flush() {
      timed(socket::flush);
    }
  }

  // --- all else is as it was -------------------------------------------------------------------

  @Override
  public ListenerContext listenerContext() {
    return context.listenerContext();
  }

  @Override
  public ExecutorService executor() {
    return context.executor();
  }

  @Override
  public DataWriter dataWriter() {
    return writer;
  }

  @Override
  public DataReader dataReader() {
    return reader;
  }

  @Override
  public Router router() {
    return context.router();
  }

  @Override
  public Optional<ProxyProtocolData> proxyProtocolData() {
    return context.proxyProtocolData();
  }

  @Override
  public HelidonSocket serverSocket() {
    return context.serverSocket();
  }

  @Override
  public PeerInfo remotePeer() {
    return context.remotePeer();
  }

  @Override
  public PeerInfo localPeer() {
    return context.localPeer();
  }

  @Override
  public boolean isSecure() {
    return context.isSecure();
  }

  @Override
  public String socketId() {
    return context.socketId();
  }

  @Override
  public String childSocketId() {
    return context.childSocketId();
  }
}
