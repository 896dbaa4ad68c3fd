package dev.rwkvx.server.http;

import dev.rwkvx.server.http.WatchedConnections.Timeouts;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.DirectHandler;
import io.helidon.http.Method;
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
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP connection between whose socket and reader stands a thread that always reads: so it is
 * known at once when the client goes away, also while its request is at work and nobody reads. It
 * hands over one buffer at a time; a client that sends more has to wait. A client that takes too
 * long, to send or to receive, is cut off.
 */
final class WatchedConnection
    implements ServerConnection, ConnectionContext, RequestReader.Listener {
  private static final byte[] END = new byte[0];

  /** How long the rest of a refused request is taken, and without a byte of it. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private static final Duration SILENCE = Duration.ofMillis(200);

  private final ConnectionContext context;
  private final Timeouts timeouts;
  private final ScheduledExecutorService timer;
  private final Client client;
  private final BlockingQueue<byte[]> received = new ArrayBlockingQueue<>(1);
  private final RequestReader reader;
  private final DataWriter writer;
  private final Thread pump;
  private @Nullable ServerConnection http;

  /** When the request that has begun has to be complete. */
  private long deadline;

  // The connection's thread alone.

  /** Whether the first line of a request was read, and that of the next is not awaited yet. */
  private boolean inRequest;

  /** Whether an answer has said that the connection ends with it. */
  private boolean refused;

  /** Whether the request asks for no more than the head of the answer. */
  private boolean headOnly;

  /** Whether that head was written. */
  private boolean headWritten;

  private WatchedConnection(
      ConnectionContext context, long maxBody, Timeouts timeouts, ScheduledExecutorService timer) {
    reader = new RequestReader(this::next, maxBody, this);
    client = new Client(reader::start);
    this.context = context;
    this.timeouts = timeouts;
    this.timer = timer;
    writer = new TimedWriter(context.dataWriter());
    pump = Thread.ofVirtual().name("rwkvx-client").unstarted(this::pump);
  }

  static WatchedConnection open(
      ConnectionContext context,
      ServerConnectionSelector selector,
      long maxBody,
      Timeouts timeouts,
      ScheduledExecutorService timer) {
    WatchedConnection connection = new WatchedConnection(context, maxBody, timeouts, timer);
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
      linger();
    } finally {
      pump.interrupt();
    }
  }

  /** A request begins. */
  void prologue(Method method) {
    inRequest = true;
    headOnly = method.equals(Method.HEAD);
    headWritten = false;
  }

  /** Nothing that comes behind this request is another one: one side has said so. */
  void endAfterRequest(boolean refused) {
    this.refused |= refused;
    if (inRequest) {
      http().close(false);
    }
    // Before the first line closing would be an interruption, and an error ends the connection.
  }

  /**
   * Takes what is on its way of a request that was refused: if the socket were closed at once, the
   * client might never see why.
   */
  private void linger() throws InterruptedException {
    long end = System.nanoTime() + LINGER.toNanos();
    while (refused && System.nanoTime() < end) {
      byte @Nullable [] bytes = received.poll(SILENCE.toNanos(), TimeUnit.NANOSECONDS);
      refused = bytes != null && bytes != END;
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

  /** The next bytes for the HTTP connection. */
  private byte[] next() {
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
      throw new CloseConnectionException("the client has gone");
    }
    begun();
    return bytes;
  }

  @Override
  public void awaited() {
    inRequest = false;
  }

  /** From now on the request has its time, if it has not begun before. */
  @Override
  public void begun() {
    if (client.idle) {
      client.idle = false;
      deadline = System.nanoTime() + timeouts.request().toNanos();
    }
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
    private static final byte[] EMPTY_LINE = {'\r', '\n', '\r', '\n'};

    private final DataWriter socket;

    TimedWriter(DataWriter socket) {
      this.socket = socket;
    }

    /** Of the answer to a HEAD, what stands before the empty line and that line. */
    private BufferData allowed(BufferData buffer) {
      if (!headOnly) {
        return buffer;
      }
      byte[] bytes = buffer.readBytes();
      int end = headWritten ? 0 : endOfHead(bytes);
      headWritten |= end > 0;
      return BufferData.create(Arrays.copyOf(bytes, end));
    }

    private static int endOfHead(byte[] bytes) {
      for (int i = 4; i <= bytes.length; i++) {
        if (Arrays.equals(bytes, i - 4, i, EMPTY_LINE, 0, 4)) {
          return i;
        }
      }
      return bytes.length;
    }

    private BufferData[] allowed(BufferData[] buffers) {
      return Stream.of(buffers).map(this::allowed).toArray(BufferData[]::new);
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
      timed(() -> socket.write(allowed(buffers)));
    }

    @Override
    public void write(BufferData buffer) {
      timed(() -> socket.write(allowed(buffer)));
    }

    @Override
    public void writeNow(BufferData... buffers) {
      timed(() -> socket.writeNow(allowed(buffers)));
    }

    @Override
    public void writeNow(BufferData buffer) {
      timed(() -> socket.writeNow(allowed(buffer)));
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
