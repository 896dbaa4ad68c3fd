package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.TestServer.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class CompletionsTest {
  private static final String PATH = "/v1/completions";
  private static final TestServer SERVER = new TestServer();

  @AfterAll
  static void close() {
    SERVER.close();
  }

  @Test
  void greedyAnswersAreThoseOfTheGenerator() throws Exception {
    Reply reply =
        SERVER.post(PATH, "{'prompt': 'Once upon a time', 'max_tokens': 40, 'temperature': 0}");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.at("/choices/0/text").asString())
        .isEqualTo(SERVER.alone("Once upon a time", 40));
    assertThat(reply.at("/usage/prompt_tokens").asInt()).isEqualTo(16);
    assertThat(reply.at("/object").asString()).isEqualTo("text_completion");
    assertThat(reply.at("/rwkvx/context_tokens").asInt()).isGreaterThan(16);
  }

  @Test
  void manyAtOnceGetWhatEachGetsAlone() throws Exception {
    List<Future<Reply>> replies = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 12; i++) {
        String prompt = prompt(i);
        String json =
            "{'prompt': '%s', 'max_tokens': %d, 'temperature': 0}".formatted(prompt, 20 + 5 * i);
        replies.add(threads.submit(() -> SERVER.post(PATH, json)));
      }
    }
    for (int i = 0; i < replies.size(); i++) {
      assertThat(replies.get(i).get().at("/choices/0/text").asString())
          .isEqualTo(SERVER.alone(prompt(i), 20 + 5 * i));
    }
  }

  private static String prompt(int i) {
    return ("text number " + i + ". ").repeat(1 + 7 * i);
  }

  @Test
  void streamsGiveTheSameTextPieceByPiece() throws Exception {
    String fields = "'prompt': 'A long story', 'max_tokens': 30, 'seed': 5";
    String whole = SERVER.post(PATH, "{" + fields + "}").at("/choices/0/text").asString();
    List<String> events =
        SERVER.stream(
                PATH, "{" + fields + ", 'stream': true, 'stream_options': {'include_usage': true}}")
            .toList();
    assertThat(events.getLast()).isEqualTo("[DONE]");
    StringBuilder text = new StringBuilder();
    String reason = "";
    for (String event : events.subList(0, events.size() - 2)) {
      JsonNode chunk = TestServer.JSON.readTree(event);
      text.append(chunk.at("/choices/0/text").asString());
      reason = chunk.at("/choices/0/finish_reason").asString("");
    }
    assertThat(text).hasToString(whole);
    assertThat(reason).isIn("length", "stop");
    JsonNode usage = TestServer.JSON.readTree(events.get(events.size() - 2));
    assertThat(usage.at("/choices").isEmpty()).isTrue();
    assertThat(usage.at("/usage/completion_tokens").asInt()).isPositive();
    assertThat(usage.at("/rwkvx/tokens_per_second").asDouble()).isPositive();
  }

  @Test
  void numbersAreToldToPrometheus() throws Exception {
    SERVER.post(PATH, "{'prompt': 'Count me', 'max_tokens': 3, 'logit_bias': {'0': -100}}");
    assertThat(SERVER.metric("rwkvx_prompt_tokens_total")).isGreaterThanOrEqualTo(8);
    assertThat(SERVER.metric("rwkvx_generated_tokens_total")).isGreaterThanOrEqualTo(3);
    assertThat(SERVER.metric("rwkvx_time_to_first_token_seconds_count")).isPositive();
    assertThat(SERVER.metric("rwkvx_tokens_per_second_count")).isPositive();
    assertThat(SERVER.metric("rwkvx_batch_size_count")).isPositive();
    assertThat(SERVER.metric("rwkvx_queue_requests")).isZero();
    assertThat(SERVER.metric("rwkvx_requests_total{path=\"/v1/completions\",status=\"200\"}"))
        .isPositive();
  }
}
