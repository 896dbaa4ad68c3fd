package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.TestServer.Reply;
import dev.rwkvx.server.http.WatchedConnections.Timeouts;
import dev.rwkvx.server.schedule.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that go away, wait, take too long or ask too much. */
@Timeout(120)
class LimitsTest {
  private static final String PATH = "/v1/completions";

  /** An answer that nobody waits for to its end. */
  private static final String ENDLESS =
      "{'prompt': 'On and on', 'max_tokens': 1000000, 'logit_bias': {'0': -1000}";

  private static final String STREAM = ENDLESS + ", 'stream': true}";
  private static final String SHORT = "{'prompt': 'Hi', 'max_tokens': 2}";

  private static TestServer server(int batch, int queue) {
    return new TestServer(options ->
        options
            .maxTokens(1_000_000)
            .limits(new Limits(batch, queue, Duration.ofMillis(200), 1 << 20, 4)));
  }

  @Test
  void tooManyAreSentAway() throws Exception {
    try (TestServer server = server(1, 1);
        RawClient one = new RawClient(server.port());
        RawClient two = new RawClient(server.port())) {
      one.post(PATH, STREAM).await("data: ");
      two.post(PATH, STREAM);
      awaitMetric(server, "rwkvx_queue_requests", 1);
      Reply reply = server.post(PATH, SHORT);
      assertThat(reply.status()).isEqualTo(429);
      assertThat(reply.response().headers().firstValue("Retry-After")).isPresent();
      assertThat(reply.at("/error/type").asString()).isEqualTo("rate_limit_error");
      assertThat(server.get("/health").status()).isEqualTo(200);
    }
  }

  private static void awaitMetric(TestServer server, String name, double least) throws Exception {
    while (server.metric(name) < least) {
      Thread.sleep(10);
    }
  }

  @Test
  void aClientThatGoesAwayFreesItsPlace() throws Exception {
    try (TestServer server = server(1, 1)) {
      try (RawClient stream = new RawClient(server.port())) {
        stream.post(PATH, STREAM).await("data: ");
      }
      assertThat(server.post(PATH, SHORT).status()).isEqualTo(200);
      try (RawClient whole = new RawClient(server.port())) {
        whole.post(PATH, ENDLESS + "}");
        awaitMetric(server, "rwkvx_active_sequences", 1);
      }
      assertThat(server.post(PATH, SHORT).status()).isEqualTo(200);
      assertThat(server.metric("rwkvx_cancelled_total")).isEqualTo(2);
    }
  }

  @Test
  void whoWaitsAndGoesAwayIsForgotten() throws Exception {
    try (TestServer server = server(1, 1);
        RawClient first = new RawClient(server.port())) {
      first.post(PATH, STREAM).await("data: ");
      try (RawClient waiting = new RawClient(server.port())) {
        waiting.post(PATH, ENDLESS + "}");
        awaitMetric(server, "rwkvx_queue_requests", 1);
      }
      // Its place in the queue is free again before the first one ends.
      while (server.metric("rwkvx_queue_requests") > 0) {
        Thread.sleep(10);
      }
      first.abort();
      assertThat(server.post(PATH, SHORT).status()).isEqualTo(200);
    }
  }

  @Test
  void aSlowReaderHoldsNobodyUp() throws Exception {
    Timeouts timeouts =
        new Timeouts(Duration.ofMinutes(1), Duration.ofSeconds(30), Duration.ofSeconds(1));
    try (TestServer server =
            new TestServer(options ->
                options
                    .maxTokens(1_000_000)
                    .timeouts(timeouts)
                    .limits(new Limits(2, 1, Duration.ofMillis(200), 1 << 20, 4)));
        RawClient slow = new RawClient(server.port())) {
      // Large pieces fill what lies between the two. One may wait: an answer arrives before its
      // place
      // is free.
      String fewer = ENDLESS.replace("1000000", "100000");
      slow.post(PATH, fewer + ", 'stream': true, 'logprobs': 20}");
      awaitMetric(server, "rwkvx_active_sequences", 1);
      String expected = server.alone("Hi", 2);
      // Others are served until the slow one is cut off, and afterwards.
      while (server.metric("rwkvx_cancelled_total") == 0) {
        Reply reply = server.post(PATH, "{'prompt': 'Hi', 'max_tokens': 2, 'temperature': 0}");
        assertThat(reply.at("/choices/0/text").asString()).isEqualTo(expected);
      }
    }
  }

  @Test
  void aLongPromptDoesNotStopOthers() throws Exception {
    try (TestServer server = server(2, 2);
        RawClient writing = new RawClient(server.port())) {
      writing.post(PATH, STREAM).await("data: ");
      String text = "All work and no play makes for long prompts. ".repeat(200);
      double before = server.metric("rwkvx_generated_tokens_total");
      Reply reply = server.post(PATH, "{'prompt': '%s', 'max_tokens': 1}".formatted(text));
      assertThat(reply.status()).isEqualTo(200);
      // 9,000 tokens are read in pieces of at most 512, and with each piece others get a token.
      assertThat(server.metric("rwkvx_generated_tokens_total") - before).isGreaterThan(17);
    }
  }

  @Test
  void whatWouldTakeTooMuchMemoryIsRefusedAtOnce() throws Exception {
    try (TestServer server =
        new TestServer(options -> options.memory(8 << 20).cacheMemory(8 << 20))) {
      String ids = "[" + "65,".repeat(20_000) + "65]";
      Reply chances =
          server.post(
              PATH, "{'prompt': %s, 'max_tokens': 1, 'echo': true, 'logprobs': 20}".formatted(ids));
      assertThat(chances.status()).isEqualTo(413);
      assertThat(chances.error()).contains("may take at most 8 MiB");
      Reply tree = server.post(PATH, "{'prompt': [" + "{},".repeat(60_000) + "{}]}");
      assertThat(tree.status()).isEqualTo(413);
      Reply keys = server.post(PATH, "{'prompt': %s, 'max_tokens': 1}".formatted(ids));
      assertThat(keys.status()).isEqualTo(413);
      assertThat(keys.error()).contains("Keys and values");
      assertThat(server.post(PATH, SHORT).status()).isEqualTo(200);
      while (server.metric("rwkvx_request_bytes") > 0) {
        Thread.sleep(10);
      }
    }
  }

  @Test
  void timeIsLimited() throws Exception {
    try (TestServer server =
        new TestServer(options -> options.maxTokens(1_000_000).time(Duration.ofSeconds(3)))) {
      Reply reply = server.post(PATH, ENDLESS + "}");
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.at("/choices/0/finish_reason").asString()).isEqualTo("length");
    }
  }

  @Test
  void hugeAndSlowRequestsAreRefused() throws Exception {
    Timeouts timeouts =
        new Timeouts(Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofSeconds(30));
    try (TestServer server =
        new TestServer(options -> options.maxBody(1 << 16).timeouts(timeouts))) {
      String head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n";
      List<String> statuses = new ArrayList<>();
      for (String request :
          List.of(
              head + "Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n",
              head + "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
              head + "X-Slow: ",
              head + "X-Large: " + "x".repeat(1 << 16) + "\r\n\r\n",
              "NONSENSE\r\n\r\n")) {
        try (RawClient client = new RawClient(server.port())) {
          statuses.add(client.send(request).line());
        }
      }
      assertThat(statuses.get(0)).contains("413");
      assertThat(statuses.get(1)).contains("408");
      assertThat(statuses.get(2)).contains("408");
      assertThat(statuses.get(3)).contains("400");
      assertThat(statuses.get(4)).contains("400");
      assertThat(server.get("/health").status()).isEqualTo(200);
    }
  }
}
