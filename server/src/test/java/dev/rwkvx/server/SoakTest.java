package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.TestServer.Reply;
import dev.rwkvx.server.schedule.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Many clients at once, of all kinds: those that read to the end, go away, dawdle, or ask nonsense.
 * {@code -Drwkvx.soak=120} lets it go on for that many seconds and looks at the memory.
 */
class SoakTest {
  private static final String PATH = "/v1/completions";
  private static final int CLIENTS = 32;
  private static final int PROMPTS = 24;
  private static final int SECONDS = Integer.getInteger("rwkvx.soak", 0);

  private final AtomicInteger complete = new AtomicInteger();
  private final AtomicInteger busy = new AtomicInteger();
  private final List<String> prompts = new ArrayList<>();
  private final List<String> expected = new ArrayList<>();

  @Test
  void everyCompletedAnswerIsTheOneOfASingleRequest() throws Exception {
    Limits limits = new Limits(8, 16, Duration.ofMillis(50), 8 << 20, 32);
    try (TestServer server = new TestServer(options -> options.limits(limits))) {
      for (int i = 0; i < PROMPTS; i++) {
        prompts.add(("prompt " + i % 7 + " of several, ").repeat(1 + i));
        expected.add(server.alone(prompts.get(i), tokens(i)));
      }
      long end = System.nanoTime() + Math.max(1, SECONDS) * 1_000_000_000L;
      List<Future<?>> clients = new ArrayList<>();
      List<Long> memory = new ArrayList<>();
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < CLIENTS; i++) {
          SplittableRandom random = new SplittableRandom(i);
          clients.add(
              threads.submit(() -> {
                // The first request of each is made however little time there is.
                do {
                  act(server, random);
                } while (System.nanoTime() < end);
                return null;
              }));
        }
        while (SECONDS > 0 && System.nanoTime() < end) {
          Thread.sleep(Math.max(1, SECONDS * 1000L / 12));
          memory.add(used());
        }
      }
      for (Future<?> client : clients) {
        client.get();
      }
      assertThat(complete).hasPositiveValue();
      assertThat(server.get("/health").status()).isEqualTo(200);
      awaitIdle(server);
      if (SECONDS > 0) {
        System.out.printf(
            "%d answers, %d sent away, MiB used %s%n", complete.get(), busy.get(), memory);
        assertThat(memory.getLast()).isLessThan(memory.get(2) + 64);
      }
    }
  }

  private static int tokens(int prompt) {
    return 8 + 3 * prompt;
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
  }

  /** All places are free again. */
  private static void awaitIdle(TestServer server) throws Exception {
    while (server.metric("rwkvx_active_sequences") + server.metric("rwkvx_queue_requests") > 0) {
      Thread.sleep(10);
    }
  }

  private void act(TestServer server, SplittableRandom random) throws Exception {
    int prompt = random.nextInt(PROMPTS);
    String fields =
        "{'prompt': '%s', 'max_tokens': %d, 'temperature': 0"
            .formatted(prompts.get(prompt), tokens(prompt));
    switch (random.nextInt(6)) {
      case 0 -> {
        Reply reply = server.post(PATH, fields + "}");
        check(prompt, reply.status(), reply.at("/choices/0/text").asString(""));
      }
      case 1, 2 -> stream(server, prompt, fields, 0);
      case 3 -> stream(server, prompt, fields, 3);
      case 4 -> goAway(server, fields, random);
      default ->
          assertThat(server.post(PATH, fields + ", 'nonsense': true}").status()).isEqualTo(400);
    }
  }

  private void check(int prompt, int status, String text) {
    if (status == 429) {
      busy.incrementAndGet();
      return;
    }
    assertThat(status).isEqualTo(200);
    assertThat(text).isEqualTo(expected.get(prompt));
    complete.incrementAndGet();
  }

  private void stream(TestServer server, int prompt, String fields, int pause) throws Exception {
    try (RawClient client = new RawClient(server.port())) {
      String status = client.post(PATH, fields + ", 'stream': true}").line();
      if (status.contains("429")) {
        busy.incrementAndGet();
        return;
      }
      StringBuilder text = new StringBuilder();
      String line;
      while (!(line = client.line()).equals("data: [DONE]")) {
        if (line.startsWith("data: ")) {
          JsonNode chunk = TestServer.JSON.readTree(line.substring("data: ".length()));
          assertThat(chunk.has("error")).as(line).isFalse();
          text.append(chunk.at("/choices/0/text").asString(""));
          Thread.sleep(pause);
        }
      }
      check(prompt, 200, text.toString());
    }
  }

  private static void goAway(TestServer server, String fields, SplittableRandom random)
      throws Exception {
    try (RawClient client = new RawClient(server.port())) {
      boolean stream = random.nextBoolean();
      client.post(PATH, fields + (stream ? ", 'stream': true}" : "}"));
      if (stream) {
        for (int lines = random.nextInt(20); lines > 0; lines--) {
          if (client.line().contains("429")) {
            return;
          }
        }
      } else {
        Thread.sleep(random.nextInt(30));
      }
    }
  }
}
