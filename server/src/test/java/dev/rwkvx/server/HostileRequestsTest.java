package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.TestServer.Reply;
import dev.rwkvx.server.grammar.HostileSchemas;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients that send hostile schemas beside one that wants its short answers: each gets an answer,
 * and that one gets what it gets alone. {@code -Drwkvx.hostile=true} also looks at the time: how
 * much later the others are answered, and when all that was taken is free again. That wants an idle
 * machine.
 */
@Timeout(600)
class HostileRequestsTest {
  private static final String PATH = "/v1/completions";
  private static final boolean TIMED = Boolean.getBoolean("rwkvx.hostile");
  private static final int SCHEMAS = TIMED ? 400 : 200;
  private static final int CLIENTS = 8;
  private static final String OTHER = "{'prompt': 'Hello', 'max_tokens': 16, 'temperature': 0}";

  private final Map<Integer, Integer> statuses = new ConcurrentSkipListMap<>();

  /** The slowest of those that were measured, in seconds. */
  private record Slowest(double answer, double health) {}

  @Test
  void eachIsAnsweredAndOthersDoNotSuffer() throws Exception {
    try (TestServer server = new TestServer()) {
      String expected = server.alone("Hello", 16);
      Slowest alone = watch(server, expected, repeated(20));
      Slowest together;
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        AtomicInteger next = new AtomicInteger();
        List<Future<?>> clients = new ArrayList<>(Collections.nCopies(CLIENTS, null));
        clients.replaceAll(_ -> threads.submit(() -> attack(server, next)));
        together = watch(server, expected, () -> clients.stream().allMatch(Future::isDone));
        for (Future<?> client : clients) {
          client.get();
        }
      }
      assertThat(statuses.keySet()).isSubsetOf(Set.of(200, 400));
      assertThat(statuses.values().stream().mapToInt(count -> count).sum()).isEqualTo(SCHEMAS);
      assertThat(statuses.get(200)).isGreaterThan(SCHEMAS / 4);
      long end = System.nanoTime();
      awaitFree(server);
      if (TIMED) {
        double free = (System.nanoTime() - end) / 1e9;
        System.out.printf(
            "%s; alone: %s, beside them: %s; free after %.3f s%n",
            new TreeMap<>(statuses), alone, together, free);
        assertThat(together.answer - alone.answer).isLessThan(2);
        assertThat(together.health - alone.health).isLessThan(0.1);
        assertThat(free).isLessThan(5);
      }
    }
  }

  private static BooleanSupplier repeated(int times) {
    AtomicInteger left = new AtomicInteger(times);
    return () -> left.decrementAndGet() < 0;
  }

  private Void attack(TestServer server, AtomicInteger next) throws Exception {
    for (int i = next.getAndIncrement(); i < SCHEMAS; i = next.getAndIncrement()) {
      String format =
          "{'type': 'json_schema', 'json_schema': {'name': 's', 'schema': %s}}"
              .formatted(HostileSchemas.schema(i));
      // A bracket is liked more than anything else.
      Reply reply =
          server.post(
              PATH,
              "{'prompt': 'x', 'max_tokens': 12, 'logit_bias': {'91': 100}, 'response_format': %s}"
                  .formatted(format));
      statuses.merge(reply.status(), 1, Integer::sum);
    }
    return null;
  }

  private static Slowest watch(TestServer server, String expected, BooleanSupplier done)
      throws Exception {
    double answer = 0;
    double health = 0;
    while (!done.getAsBoolean()) {
      long start = System.nanoTime();
      Reply reply = server.post(PATH, OTHER);
      long middle = System.nanoTime();
      assertThat(server.get("/health").status()).isEqualTo(200);
      answer = Math.max(answer, (middle - start) / 1e9);
      health = Math.max(health, (System.nanoTime() - middle) / 1e9);
      assertThat(reply.at("/choices/0/text").asString()).isEqualTo(expected);
    }
    return new Slowest(answer, health);
  }

  private static void awaitFree(TestServer server) throws Exception {
    while (server.metric("rwkvx_active_sequences")
            + server.metric("rwkvx_queue_requests")
            + server.metric("rwkvx_request_bytes")
        > 0) {
      Thread.sleep(10);
    }
  }
}
