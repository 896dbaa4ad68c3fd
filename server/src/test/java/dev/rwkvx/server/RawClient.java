package dev.rwkvx.server;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that does what well-behaved libraries do not. */
final class RawClient implements AutoCloseable {
  private final Socket socket = new Socket();
  private final BufferedReader in;

  RawClient(int port) throws IOException {
    // Little is on its way when nobody reads.
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress("127.0.0.1", port));
    socket.setSoTimeout(60_000);
    in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  RawClient send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
    return this;
  }

  /** Single quotes stand for double ones. */
  RawClient post(String path, String json) throws IOException {
    byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    send(
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            .formatted(path, body.length));
    socket.getOutputStream().write(body);
    socket.getOutputStream().flush();
    return this;
  }

  /**
   * The next line.
   *
   * @throws IOException when the connection has ended
   */
  String line() throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new EOFException("the connection has ended");
    }
    return line;
  }

  /** Reads up to the first line that begins so. */
  RawClient await(String beginning) throws IOException {
    String line;
    do {
      line = line();
    } while (!line.startsWith(beginning));
    return this;
  }

  /** All that is left before the other side closes the connection. */
  String all() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int next = in.read(); next >= 0; next = in.read()) {
      all.append((char) next);
    }
    return all.toString();
  }

  /** Goes away. */
  void abort() throws IOException {
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
