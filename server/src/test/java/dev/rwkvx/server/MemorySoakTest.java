package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.ServerOptions.SavedStates;
import dev.rwkvx.server.TestServer.Reply;
import dev.rwkvx.server.schedule.Limits;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The memory of requests that have ended is free again. {@code -Drwkvx.soak.requests=1000
 * -Drwkvx.soak.tokens=16000} makes them so many and so long, and looks at the memory that the
 * process takes from the system.
 */
@Timeout(7200)
class MemorySoakTest {
  private static final String PATH = "/v1/completions";
  private static final int REQUESTS = Integer.getInteger("rwkvx.soak.requests", 40);
  private static final int TOKENS = Integer.getInteger("rwkvx.soak.tokens", 300);
  private static final int FIRST = Math.min(REQUESTS / 2, 50);
  private static final boolean LONG = REQUESTS >= 200;

  @TempDir private Path folder;

  /** Bytes outside the heap that the JVM has given out. */
  private static long nativeBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  /** Bytes of memory that the process takes from the system. */
  private static long residentBytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .sum();
  }

  private static TestServer server(Path folder, int prefixes) {
    return new TestServer(options ->
        options
            .states(SavedStates.in(folder))
            .limits(new Limits(4, 8, Duration.ofMillis(200), 64L << 20, prefixes)));
  }

  /** Requests that end in all ways. */
  private static void ask(TestServer server, int number) throws Exception {
    String prompt = (number + " and so on, ").repeat(1 + TOKENS / 12).substring(0, TOKENS);
    String fields = "{'prompt': '%s', 'max_tokens': 4, 'n': %d".formatted(prompt, 1 + number % 2);
    switch (LONG ? 0 : number % 5) {
      case 0, 1 -> assertThat(server.post(PATH, fields + "}").status()).isEqualTo(200);
      case 2 -> {
        String failing =
            fields
                + ", 'response_format': {'type': 'json_schema', 'json_schema': {'name': 'a',"
                + " 'schema': {'anyOf': ["
                + ambiguous()
                + "]}}}}";
        assertThat(server.post(PATH, failing).status()).isEqualTo(400);
      }
      case 3 -> {
        try (RawClient client = new RawClient(server.port())) {
          client.post(
              PATH, fields.replace("'max_tokens': 4", "'max_tokens': 4000") + ", 'stream': true}");
          client.await("data: ");
        }
      }
      default -> {
        String name = "{'name': 's%d', 'prompt': '%s'}".formatted(number % 3, prompt);
        assertThat(server.post("/v1/states", name).status()).isEqualTo(201);
        Reply reply = server.post(PATH, fields + ", 'state': 's%d'}".formatted(number % 3));
        assertThat(reply.status()).isEqualTo(200);
      }
    }
  }

  /** More ways to read a bracket than there may be. */
  private static String ambiguous() {
    StringBuilder all = new StringBuilder("{'type': 'null'}");
    for (int i = 1; i <= 1100; i++) {
      all.append(", {'type': 'array', 'minItems': 1, 'maxItems': ").append(i).append('}');
    }
    return all.toString();
  }

  private static void awaitFree(TestServer server) throws Exception {
    while (server.metric("rwkvx_active_sequences") + server.metric("rwkvx_request_bytes") > 0) {
      Thread.sleep(10);
    }
  }

  @Test
  void whatRequestsHaveTakenIsFreeAgain() throws Exception {
    try (TestServer server = server(folder, 0)) {
      ask(server, 0);
      awaitFree(server);
      long before = nativeBytes();
      for (int number = 1; number < 20; number++) {
        ask(server, number);
      }
      awaitFree(server);
      assertThat(nativeBytes()).isEqualTo(before);
    }
  }

  @Test
  void memoryDoesNotGrow() throws Exception {
    try (TestServer server = server(folder, 8)) {
      long early = 0;
      long earlyResident = 0;
      for (int number = 0; number < REQUESTS; number++) {
        ask(server, number);
        if (number + 1 == FIRST) {
          awaitFree(server);
          early = nativeBytes();
          earlyResident = residentBytes();
        }
        if (LONG && (number + 1) % 50 == 0) {
          System.out.printf(
              "%d requests: native %d MiB, resident %d MiB%n",
              number + 1, nativeBytes() >> 20, residentBytes() >> 20);
        }
      }
      awaitFree(server);
      assertThat(nativeBytes()).isLessThanOrEqualTo(early + early / 10);
      if (LONG) {
        assertThat(residentBytes()).isLessThanOrEqualTo(earlyResident + earlyResident / 10);
      }
    }
  }
}
