package dev.rwkvx.server.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.Hostile;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.RequestException;
import java.io.ByteArrayOutputStream;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Bodies in chunks are exactly what was sent, or end the connection: nothing else comes of them.
 */
class HostileChunksTest {
  private static final int BODIES = 1000;
  private static final int MAX_BODY = 1 << 20;

  private static final String[] PIECES = {
    "\r\n",
    "\n",
    "\r",
    ";",
    ";a=b",
    "0",
    "f",
    "-1",
    "7fffffff",
    "80000000",
    " ",
    "\t",
    "0\r\n\r\n",
    "GET / HTTP/1.1\r\n",
    "x".repeat(5000),
    "\0",
    "0x5",
    "00000005",
    "ÿ"
  };

  /**
   * @param sent what a client sends
   * @param body what it means, where it is well-formed
   */
  private record Message(byte[] sent, String body, boolean wellFormed) {}

  @Test
  void everyBodyIsExactOrRefused() {
    double taken =
        Hostile.read(
            BODIES,
            5,
            HostileChunksTest::message,
            message -> {
              try {
                String body = read(message.sent);
                if (message.wellFormed) {
                  assertThat(body).isEqualTo(message.body);
                }
                return true;
              } catch (RequestException | DataReader.InsufficientDataAvailableException e) {
                assertThat(message.wellFormed).isFalse();
                return false;
              }
            });
    assertThat(taken).isBetween(0.2, 0.9);
  }

  private static Message message(SplittableRandom random) {
    StringBuilder sent = new StringBuilder();
    StringBuilder body = new StringBuilder();
    for (int chunks = random.nextInt(6); chunks > 0; chunks--) {
      String chunk = "c".repeat(1 + random.nextInt(1 << random.nextInt(18)));
      String extension = random.nextInt(3) == 0 ? ";name=\"value\"" : "";
      sent.append(Integer.toHexString(chunk.length())).append(extension).append("\r\n");
      sent.append(chunk).append("\r\n");
      body.append(chunk);
    }
    sent.append("0\r\n").append(random.nextInt(4) == 0 ? "Trailer: x\r\n" : "").append("\r\n");
    boolean wellFormed = random.nextBoolean();
    for (int changes = wellFormed ? 0 : 1 + random.nextInt(3); changes > 0; changes--) {
      int at = random.nextInt(sent.length() + 1);
      if (random.nextBoolean()) {
        sent.insert(at, PIECES[random.nextInt(PIECES.length)]);
      } else {
        sent.delete(at, Math.min(sent.length(), at + 1 + random.nextInt(4)));
      }
    }
    boolean fits = body.length() <= MAX_BODY;
    return new Message(sent.toString().getBytes(ISO_8859_1), body.toString(), wellFormed && fits);
  }

  /** As the HTTP connection reads a body. */
  private static String read(byte[] sent) {
    boolean[] given = new boolean[1];
    RequestReader reader =
        new RequestReader(
            () -> {
              byte[] next = given[0] ? null : sent;
              given[0] = true;
              return next;
            },
            MAX_BODY,
            new RequestReader.Listener() {
              @Override
              public void awaited() {}

              @Override
              public void begun() {}
            });
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(reader.readLine(), 16);
      if (size == 0) {
        reader.readLine();
        return body.toString(ISO_8859_1);
      }
      body.writeBytes(reader.readBuffer(size).readBytes());
      reader.skip(2);
      assertThat(body.size()).isLessThanOrEqualTo(MAX_BODY);
    }
  }
}
