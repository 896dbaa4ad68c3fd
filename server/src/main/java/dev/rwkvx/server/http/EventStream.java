package dev.rwkvx.server.http;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * An answer that comes in pieces: server-sent events, one line of data each. Written by hand,
 * because clients test for the space behind the colon.
 */
public final class EventStream implements AutoCloseable {
  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.UTF_8);
  private static final byte[] STILL_HERE = ": still at work".getBytes(StandardCharsets.UTF_8);

  private final OutputStream out;

  /**
   * Begins the answer; from now on its status is 200.
   *
   * @param response nothing of it has been sent yet
   */
  public EventStream(ServerResponse response) {
    response.header(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    response.header(HeaderNames.CACHE_CONTROL, "no-cache");
    response.header(HeaderNames.create("X-Accel-Buffering"), "no");
    out = response.outputStream();
  }

  /**
   * Sends one piece.
   *
   * @param json in one line
   * @throws CloseConnectionException when the client is gone
   */
  public void send(byte[] json) {
    write(DATA, json, END);
  }

  /** Shows that the server is still there. */
  public void sendStillHere() {
    write(STILL_HERE, END);
  }

  /** Tells that all has been sent. */
  public void sendDone() {
    send(DONE);
  }

  private void write(byte[]... parts) {
    try {
      for (byte[] part : parts) {
        out.write(part);
      }
      out.flush();
    } catch (IOException | RuntimeException e) {
      throw new CloseConnectionException("the client does not take the answer", e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException | RuntimeException e) {
      throw new CloseConnectionException("the client does not take the answer", e);
    }
  }
}
