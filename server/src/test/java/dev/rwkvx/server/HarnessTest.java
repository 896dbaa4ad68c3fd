package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.model.State;
import dev.rwkvx.server.TestServer.Reply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Requests as lm-evaluation-harness sends them for {@code local-completions}. */
class HarnessTest {
  private static final TestServer SERVER = new TestServer();

  @AfterAll
  static void close() {
    SERVER.close();
  }

  @Test
  void logLikelihoodsOfTokenLists() throws Exception {
    int[][] prompts = {{72, 101, 108, 108, 111, 33}, {65, 200, 10, 66}, {90}};
    Reply reply =
        SERVER.post(
            "/v1/completions",
            "{'model': 'tiny', 'prompt': %s, 'temperature': 0, 'max_tokens': 1, 'logprobs': 1,"
                    .formatted(TestServer.JSON.writeValueAsString(prompts))
                + " 'seed': 1234, 'echo': true}");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.at("/choices").size()).isEqualTo(prompts.length);
    for (int i = 0; i < prompts.length; i++) {
      JsonNode choice = reply.at("/choices/" + i);
      assertThat(choice.get("index").asInt()).isEqualTo(i);
      check(prompts[i], choice.get("logprobs"));
    }
  }

  private static void check(int[] prompt, JsonNode logprobs) {
    JsonNode chances = logprobs.get("token_logprobs");
    JsonNode top = logprobs.get("top_logprobs");
    // One for each token of the prompt, and exactly one that was generated.
    assertThat(chances.size()).isEqualTo(prompt.length + 1);
    assertThat(top.size()).isEqualTo(prompt.length + 1);
    assertThat(logprobs.get("tokens").size()).isEqualTo(prompt.length + 1);
    assertThat(logprobs.get("text_offset").size()).isEqualTo(prompt.length + 1);
    assertThat(chances.get(0).isNull()).isTrue();
    assertThat(top.get(0).isNull()).isTrue();
    try (State state = SERVER.model.newState()) {
      float[] logits = new float[256];
      for (int i = 0; i < prompt.length; i++) {
        SERVER.model.forward(prompt, i, i + 1, state, logits);
        double best = logprob(logits, best(logits));
        double expected = i + 1 < prompt.length ? logprob(logits, prompt[i + 1]) : best;
        assertThat(chances.get(i + 1).asDouble()).isEqualTo(expected);
        double highest = Double.NEGATIVE_INFINITY;
        for (JsonNode one : top.get(i + 1)) {
          highest = Math.max(highest, one.asDouble());
        }
        // The harness takes a token for the greedy one where these are equal.
        assertThat(highest).isEqualTo(best);
      }
    }
  }

  private static int best(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      best = logits[id] > logits[best] ? id : best;
    }
    return best;
  }

  private static double logprob(float[] logits, int id) {
    float max = logits[best(logits)];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return logits[id] - (max + Math.log(sum));
  }

  @Test
  void promptsAloneCanBeScored() throws Exception {
    Reply reply =
        SERVER.post(
            "/v1/completions", "{'prompt': 'abc', 'max_tokens': 0, 'logprobs': 0, 'echo': true}");
    assertThat(reply.at("/choices/0/text").asString()).isEqualTo("abc");
    assertThat(reply.at("/choices/0/logprobs/token_logprobs").size()).isEqualTo(3);
    assertThat(reply.at("/choices/0/finish_reason").asString()).isEqualTo("length");
    assertThat(reply.at("/usage/completion_tokens").asInt()).isZero();
  }

  @Test
  void theTokenizerIsOpen() throws Exception {
    Reply info = SERVER.get("/tokenizer_info");
    String end = info.at("/eos_token").asString();
    assertThat(SERVER.post("/tokenize", "{'prompt': '" + end + "'}").at("/tokens/0").asInt())
        .isEqualTo(info.at("/eos_token_id").asInt());
    Reply tokens = SERVER.post("/tokenize", "{'prompt': 'Hé', 'add_special_tokens': false}");
    assertThat(tokens.at("/tokens")).isEqualTo(TestServer.JSON.readTree("[72, 195, 169]"));
    assertThat(tokens.at("/count").asInt()).isEqualTo(3);
    assertThat(SERVER.post("/detokenize", "{'tokens': [72, 195, 169]}").at("/prompt").asString())
        .isEqualTo("Hé");
    assertThat(SERVER.post("/detokenize", "{'tokens': [256]}").status()).isEqualTo(400);
  }
}
