package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.TestServer.Reply;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that is asked to end lets those go on who are being served. */
@Timeout(60)
class EndingTest {
  private static final String PATH = "/v1/completions";
  private static final String ENDLESS =
      "{'prompt': 'On', 'max_tokens': 1000000, 'logit_bias': {'0': -1000}, 'stream': true}";
  private static final String LONG =
      "{'prompt': 'On', 'max_tokens': 100, 'logit_bias': {'0': -1000}, 'stream': true}";

  private static TestServer server() {
    return new TestServer(options -> options.maxTokens(1_000_000).memory(1L << 40));
  }

  @Test
  void whatHasBegunIsDone() throws Exception {
    try (TestServer server = server();
        RawClient client = new RawClient(server.port());
        RawClient idle = new RawClient(server.port())) {
      idle.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await("HTTP/1.1 200");
      client.post(PATH, LONG).await("data: ");
      server.server.refuse();
      assertThat(server.get("/health").status()).isEqualTo(503);
      Reply refused = server.post(PATH, LONG);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.response().headers().firstValue("Retry-After")).isPresent();
      assertThat(refused.at("/error/code").asString()).isEqualTo("server_closing");
      client.await("data: [DONE]");
      assertThat(server.server.awaitIdle(Duration.ofSeconds(30))).isTrue();
    }
  }

  @Test
  void whatTakesTooLongIsToldSo() throws Exception {
    try (TestServer server = server();
        RawClient client = new RawClient(server.port())) {
      client.post(PATH, ENDLESS).await("data: ");
      server.server.refuse();
      assertThat(server.server.awaitIdle(Duration.ofMillis(1))).isFalse();
      server.server.close();
      client.await("data: {\"error\":{\"message\":\"The server is being closed\"");
    }
  }
}
