package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.TestServer.Reply;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever is wrong with a request, the answer names it, in the shape that clients know. */
class BadRequestsTest {
  private static final TestServer SERVER = new TestServer();

  @AfterAll
  static void close() {
    SERVER.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'prompt': 'x'                                       | not valid JSON",
        "[1]                                                  | object",
        "{'prompt': 'x'} {}                                   | not valid JSON",
        "{'prompt': 'x', 'prompt': 'y'}                       | not valid JSON",
        "{}                                                   | 'prompt' is missing",
        "{'prompt': {'a': 1}}                                 | 'prompt'",
        "{'prompt': [1, 'a']}                                 | 'prompt[1]'",
        "{'prompt': [300]}                                    | 'prompt[0]'",
        "{'prompt': [[1], [-1]]}                              | 'prompt[1][0]'",
        "{'prompt': 'x', 'max_tokens': '5'}                   | 'max_tokens'",
        "{'prompt': 'x', 'max_tokens': 0}                     | 'echo'",
        "{'prompt': 'x', 'max_tokens': 1.5}                   | 'max_tokens'",
        "{'prompt': 'x', 'max_tokens': 99999999999}           | 'max_tokens'",
        "{'prompt': 'x', 'temperature': 'hot'}                | 'temperature'",
        "{'prompt': 'x', 'temperature': -1}                   | temperature",
        "{'prompt': 'x', 'top_p': 0}                          | top-p",
        "{'prompt': 'x', 'n': 0}                              | 'n'",
        "{'prompt': 'x', 'n': 100}                            | 'n' is 100",
        "{'prompt': 'x', 'stop': ['']}                        | stop",
        "{'prompt': 'x', 'stop': [1]}                         | 'stop[0]'",
        "{'prompt': 'x', 'seed': 1e40}                        | 'seed'",
        "{'prompt': 'x', 'logprobs': 21}                      | 'logprobs'",
        "{'prompt': 'x', 'logit_bias': {'a': 1}}              | 'logit_bias'",
        "{'prompt': 'x', 'logit_bias': {'300': 1}}            | 300",
        "{'prompt': 'x', 'best_of': 3}                        | 'best_of'",
        "{'prompt': 'x', 'suffix': 'y'}                       | 'suffix'",
        "{'prompt': 'x', 'stream_options': {'include': true}} | 'stream_options.include'",
        "{'prompt': 'x', 'temprature': 1}                     | 'temprature'",
        "{'prompt': 'x', 'response_format': {'type': 'xml'}}  | response_format",
        "{'prompt': 'x', 'state': 'x'}                        | --states-dir"
      })
  void completions(String body, String message) throws Exception {
    Reply reply = SERVER.post("/v1/completions", body);
    assertThat(reply.status()).as(reply.response().body()).isEqualTo(400);
    assertThat(reply.error()).contains(message);
    assertThat(reply.at("/error/type").asString()).isEqualTo("invalid_request_error");
    assertThat(reply.at("/error").has("param")).isTrue();
    assertThat(reply.at("/error").has("code")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                                              | 'messages'",
        "{'messages': 'hi'}                                              | 'messages'",
        "{'messages': [{'role': 'user'}]}                                | 'messages[0].content'",
        "{'messages': [{'role': 'robot', 'content': 'x'}]}               | 'messages[0].role'",
        "{'messages': [{'role': 'user', 'content': 'x', 'colour': 1}]}   | 'messages[0].colour'",
        "{'messages': [{'role': 'user', 'content': ' '}]}                | empty",
        "{'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {}}]}]} |"
            + " text only",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'top_logprobs': 2} | 'top_logprobs'",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'tool_choice': 'required'} | tools",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'think': 'hard'} | 'think'",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'model': 'gpt-5'} | 'gpt-5'"
      })
  void chats(String body, String message) throws Exception {
    Reply reply = SERVER.post("/v1/chat/completions", body);
    assertThat(reply.status()).isBetween(400, 404);
    assertThat(reply.error()).contains(message);
  }

  @Test
  void otherPathsAndTypes() throws Exception {
    assertThat(SERVER.get("/v2/nothing").status()).isEqualTo(404);
    assertThat(SERVER.get("/v1/completions").status()).isEqualTo(405);
    assertThat(SERVER.get("/v1/models/other").at("/error/code").asString())
        .isEqualTo("model_not_found");
    assertThat(SERVER.get("/v1/models").at("/data/0/id").asString()).isEqualTo("tiny");
    Reply text =
        SERVER.send(
            SERVER
                .request("/v1/completions")
                .setHeader("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("{}"))
                .build());
    assertThat(text.status()).isEqualTo(415);
    String deep = "[".repeat(100_000);
    assertThat(SERVER.post("/v1/completions", deep).error()).contains("not valid JSON");
  }
}
