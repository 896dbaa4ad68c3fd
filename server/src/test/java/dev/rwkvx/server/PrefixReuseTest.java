package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.TestServer.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What was read once is not read again, and nothing else of it is ever seen. */
class PrefixReuseTest {
  private static final String PATH = "/v1/completions";
  private static final TestServer SERVER = new TestServer();

  @AfterAll
  static void close() {
    SERVER.close();
  }

  private static Reply complete(String prompt, int tokens) throws Exception {
    return SERVER.post(
        PATH, "{'prompt': '%s', 'max_tokens': %d, 'temperature': 0}".formatted(prompt, tokens));
  }

  private static int cached(Reply reply) {
    return reply.at("/usage/prompt_tokens_details/cached_tokens").asInt();
  }

  @Test
  void theSameAgainReadsOneToken() throws Exception {
    String prompt = "A prompt that comes twice, with some length to it";
    Reply first = complete(prompt, 10);
    Reply second = complete(prompt, 10);
    assertThat(cached(second)).isEqualTo(prompt.length() - 1);
    assertThat(second.at("/choices")).isEqualTo(first.at("/choices"));
    assertThat(SERVER.metric("rwkvx_prompt_tokens_cached_total"))
        .isGreaterThanOrEqualTo(prompt.length() - 1);
  }

  @Test
  void aConversationGoesOnBehindItsAnswer() throws Exception {
    String system = "{'role': 'system', 'content': 'You are a patient and friendly assistant.'}";
    String first = "{'role': 'user', 'content': 'Hello there, how are you today?'}";
    String path = "/v1/chat/completions";
    Reply one =
        SERVER.post(
            path,
            "{'max_tokens': 12, 'temperature': 0, 'messages': [" + system + "," + first + "]}");
    int prompt = one.at("/usage/prompt_tokens").asInt();
    // What a model of random weights says need not survive the way through text; the prompt does.
    Reply two =
        SERVER.post(
            path,
            "{'max_tokens': 12, 'messages': ["
                + system
                + ","
                + first
                + ", {'role': 'assistant', 'content': 'Fine'}, {'role': 'user', 'content':"
                + " 'So?'}]}");
    assertThat(cached(two)).isGreaterThanOrEqualTo(prompt - 1);
    Reply other =
        SERVER.post(
            path,
            "{'max_tokens': 12, 'messages': ["
                + system
                + ", {'role': 'user', 'content': 'Something else'}]}");
    assertThat(cached(other))
        .isEqualTo("System: You are a patient and friendly assistant.\n\n".length());
  }

  @Test
  void aPrefixThatTwoShareIsKnownToTheThird() throws Exception {
    String shared = "These words stand at the beginning of every one of the prompts. ";
    complete(shared + "First of all", 1);
    complete(shared + "Next one is this", 1);
    assertThat(cached(complete(shared + "And the last", 1))).isEqualTo(shared.length());
  }

  @Test
  void nothingElseIsEverSeen() throws Exception {
    SplittableRandom random = new SplittableRandom(11);
    List<String> prompts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      // Prompts that agree with each other up to some place.
      String base = prompts.isEmpty() ? "" : prompts.get(random.nextInt(prompts.size()));
      StringBuilder prompt =
          new StringBuilder(base.substring(0, random.nextInt(base.length() + 1)));
      for (int length = 1 + random.nextInt(60); length > 0; length--) {
        prompt.append((char) ('a' + random.nextInt(26)));
      }
      prompts.add(prompt.toString());
      assertThat(complete(prompt.toString(), 4).at("/choices/0/text").asString())
          .isEqualTo(SERVER.alone(prompt.toString(), 4));
    }
  }
}
