package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code rwkvx bench serve}: what clients of a server get, one by one and together. */
@Command(
    name = "serve",
    description = {
      "Measure a server with one and with many clients at once.",
      "Each client streams one answer after the other; prompts are random and all different."
    })
final class BenchServeCommand implements Callable<Integer> {
  private static final String DATA = "data: {";
  private static final int INTERRUPTED = 130;

  /** Ids that stand for single bytes in every vocabulary there is. */
  private static final int PROMPT_IDS = 200;

  @ParentCommand private BenchCommand bench;

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8080",
      description = "Where the server is (default: ${DEFAULT-VALUE}).")
  private URI url;

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      description = "The key that the server asks for.")
  private @Nullable String key;

  @Option(
      names = "--clients",
      paramLabel = "N",
      split = ",",
      description = "Clients at once (default: 1,8).")
  private List<Integer> clients = List.of(1, 8);

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "128",
      description = "Tokens of an answer (default: ${DEFAULT-VALUE}).")
  private int tokens;

  @Option(
      names = "--prompt-tokens",
      paramLabel = "N",
      defaultValue = "64",
      converter = TokenCount.class,
      description = "Tokens of a prompt (default: ${DEFAULT-VALUE}).")
  private int promptTokens;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Answers that each client asks for (default: ${DEFAULT-VALUE}).")
  private int rounds;

  private final JsonMapper json = new JsonMapper();

  /** What one answer took. */
  private record Answer(int tokens, double firstSeconds) {}

  @Override
  public Integer call() throws IOException {
    clients.forEach(n -> BenchArguments.requireRange("--clients", n, 1024));
    BenchArguments.requireRange("--tokens", tokens, 1 << 20);
    BenchArguments.requireRange("--prompt-tokens", promptTokens, 1 << 24);
    BenchArguments.requireRange("--rounds", rounds, 1 << 20);
    SplittableRandom random = new SplittableRandom();
    try (HttpClient http = HttpClient.newHttpClient()) {
      bench.main.out.println(" clients  tokens/s  of each  first token");
      run(http, 1, 1, random);
      for (int count : clients) {
        long start = System.nanoTime();
        List<Answer> answers = run(http, count, rounds, random);
        double seconds = (System.nanoTime() - start) / 1e9;
        double rate = answers.stream().mapToInt(Answer::tokens).sum() / seconds;
        double first = answers.stream().mapToDouble(Answer::firstSeconds).average().orElse(0);
        bench.main.out.printf(
            Locale.ROOT, "%8d  %8.1f  %7.1f  %8.0f ms%n", count, rate, rate / count, 1e3 * first);
        bench.main.out.flush();
      }
    } catch (InterruptedException e) {
      return INTERRUPTED;
    }
    return 0;
  }

  private List<Answer> run(HttpClient http, int count, int rounds, SplittableRandom random)
      throws IOException, InterruptedException {
    List<Future<List<Answer>>> futures = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        SplittableRandom own = random.split();
        futures.add(threads.submit(() -> client(http, rounds, own)));
      }
    }
    List<Answer> answers = new ArrayList<>();
    for (Future<List<Answer>> future : futures) {
      try {
        answers.addAll(future.get());
      } catch (ExecutionException e) {
        if (e.getCause() instanceof InputException bad) {
          throw bad;
        }
        if (e.getCause() instanceof ConnectException) {
          throw new InputException(
              "--url is %s, where nothing answers; expected a running 'rwkvx serve'"
                  .formatted(url));
        }
        throw new IOException(url + ": " + e.getCause(), e);
      }
    }
    return answers;
  }

  private List<Answer> client(HttpClient http, int rounds, SplittableRandom random)
      throws IOException, InterruptedException {
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      int[] prompt = random.ints(promptTokens, 1, PROMPT_IDS).toArray();
      answers.add(answer(http, prompt));
    }
    return answers;
  }

  private Answer answer(HttpClient http, int[] prompt) throws IOException, InterruptedException {
    // Nothing ends the text early.
    String body =
        """
        {"prompt": %s, "max_tokens": %d, "temperature": 0, "logit_bias": {"0": -1000},
        "stream": true, "stream_options": {"include_usage": true}}\
        """
            .formatted(Arrays.toString(prompt), tokens);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url.resolve("/v1/completions"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    long start = System.nanoTime();
    HttpResponse<Stream<String>> response = http.send(request.build(), BodyHandlers.ofLines());
    try (Stream<String> lines = response.body()) {
      if (response.statusCode() != 200) {
        String problem = String.join(" ", lines.toList());
        throw new InputException(
            "%s answers with status %d: %s".formatted(url, response.statusCode(), problem));
      }
      double first = 0;
      int count = 0;
      for (String line : (Iterable<String>) lines::iterator) {
        if (line.startsWith(DATA)) {
          first = first == 0 ? (System.nanoTime() - start) / 1e9 : first;
          JsonNode usage = json.readTree(line.substring(DATA.length() - 1)).get("usage");
          count = usage == null ? count : usage.get("completion_tokens").asInt();
        }
      }
      return new Answer(count, first);
    }
  }
}
