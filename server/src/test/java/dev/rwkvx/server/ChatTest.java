package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.TestServer.Reply;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ChatTest {
  private static final String PATH = "/v1/chat/completions";
  private static final TestServer SERVER = new TestServer();

  @AfterAll
  static void close() {
    SERVER.close();
  }

  @Test
  void answersAreWhatFollowsTheChatFormat() throws Exception {
    Reply reply =
        SERVER.post(
            PATH,
            "{'model': 'tiny', 'max_tokens': 24, 'temperature': 0, 'messages': [{'role': 'system',"
                + " 'content': 'Be brief.'}, {'role': 'user', 'content': [{'type': 'text', 'text':"
                + " 'Hello'}]}]}");
    String prompt = "System: Be brief.\n\nUser: Hello\n\nAssistant:";
    String text = SERVER.alone(prompt, 24);
    int end = text.indexOf("\n\n");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.at("/choices/0/message/content").asString())
        .isEqualTo((end < 0 ? text : text.substring(0, end)).stripLeading());
    assertThat(reply.at("/choices/0/message/role").asString()).isEqualTo("assistant");
    assertThat(reply.at("/usage/prompt_tokens").asInt()).isEqualTo(prompt.length());
  }

  @Test
  void streamsGiveTheSameText() throws Exception {
    String fields =
        "'max_completion_tokens': 30, 'seed': 3, 'messages': [{'role': 'user', 'content':"
            + " 'Tell me more'}]";
    String whole =
        SERVER.post(PATH, "{" + fields + "}").at("/choices/0/message/content").asString();
    List<String> events = SERVER.stream(PATH, "{" + fields + ", 'stream': true}").toList();
    assertThat(events.getLast()).isEqualTo("[DONE]");
    StringBuilder text = new StringBuilder();
    for (String event : events.subList(0, events.size() - 1)) {
      JsonNode delta = TestServer.JSON.readTree(event).at("/choices/0/delta");
      text.append(delta.path("content").asString(""));
    }
    assertThat(text).hasToString(whole);
    assertThat(events.getFirst()).contains("\"role\":\"assistant\"");
  }

  @Test
  void severalChoicesHaveSeedsOfTheirOwn() throws Exception {
    String fields =
        "'max_tokens': 12, 'seed': 9, 'messages': [{'role': 'user', 'content': 'Dice'}]";
    Reply three = SERVER.post(PATH, "{" + fields + ", 'n': 3}");
    Reply one = SERVER.post(PATH, "{" + fields + "}");
    assertThat(three.at("/choices").size()).isEqualTo(3);
    assertThat(three.at("/choices/0/message")).isEqualTo(one.at("/choices/0/message"));
    assertThat(three.at("/choices/1/message")).isNotEqualTo(three.at("/choices/0/message"));
  }

  @Test
  void chancesOfTokensAreTold() throws Exception {
    Reply reply =
        SERVER.post(
            PATH,
            "{'max_tokens': 5, 'temperature': 0, 'logprobs': true, 'top_logprobs': 3,"
                + " 'messages': [{'role': 'user', 'content': 'Hello'}]}");
    JsonNode tokens = reply.at("/choices/0/logprobs/content");
    assertThat(tokens.size()).isEqualTo(5);
    for (JsonNode token : tokens) {
      assertThat(token.at("/top_logprobs").size()).isEqualTo(3);
      assertThat(token.at("/top_logprobs/0/logprob")).isEqualTo(token.get("logprob"));
      assertThat(token.at("/top_logprobs/0/token")).isEqualTo(token.get("token"));
      assertThat(token.at("/bytes").size()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void jsonModeGivesJson(int seed) throws Exception {
    Reply reply =
        SERVER.post(
            PATH,
            "{'max_tokens': %d, 'seed': %d, 'response_format': {'type': 'json_object'},"
                    .formatted(4 + 9 * seed, seed)
                + " 'messages': [{'role': 'user', 'content': 'JSON'}]}");
    JsonNode value = TestServer.JSON.readTree(reply.at("/choices/0/message/content").asString());
    assertThat(value.isObject()).isTrue();
    assertThat(reply.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
  }

  @Test
  void schemasAreFollowed() throws Exception {
    Reply reply =
        SERVER.post(
            PATH,
            "{'max_tokens': 80, 'seed': 1, 'messages': [{'role': 'user', 'content': 'JSON'}],"
                + " 'response_format': {'type': 'json_schema', 'json_schema': {'name': 'x',"
                + " 'schema': {'type': 'object', 'properties': {'kind': {'enum': ['cat', 'dog']},"
                + " 'age': {'type': 'integer'}}, 'required': ['kind', 'age'],"
                + " 'additionalProperties': false}}}}");
    JsonNode value = TestServer.JSON.readTree(reply.at("/choices/0/message/content").asString());
    assertThat(value.get("kind").asString()).isIn("cat", "dog");
    assertThat(value.get("age").isIntegralNumber()).isTrue();
    Reply refused =
        SERVER.post(
            PATH,
            "{'messages': [{'role': 'user', 'content': 'x'}], 'response_format': {'type':"
                + " 'json_schema', 'json_schema': {'name': 'x', 'schema': {'type': 'string',"
                + " 'pattern': 'a+'}}}}");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.error()).contains("'pattern'");
  }

  @Test
  void toolsAreCalled() throws Exception {
    String tools =
        "'tools': [{'type': 'function', 'function': {'name': 'weather', 'description': 'Tells it',"
            + " 'parameters': {'type': 'object', 'properties': {'city': {'type': 'string',"
            + " 'maxLength': 12}}, 'required': ['city']}}}], 'tool_choice': 'required'";
    String fields =
        "{'max_tokens': 120, 'seed': 2, 'messages': [{'role': 'user', 'content': 'Rain?'}], "
            + tools;
    Reply reply = SERVER.post(PATH, fields + "}");
    JsonNode call = reply.at("/choices/0/message/tool_calls/0");
    assertThat(call.at("/function/name").asString()).isEqualTo("weather");
    JsonNode arguments = TestServer.JSON.readTree(call.at("/function/arguments").asString());
    assertThat(arguments.get("city").isString()).isTrue();
    assertThat(reply.at("/choices/0/finish_reason").asString()).isEqualTo("tool_calls");
    assertThat(reply.at("/choices/0/message/content").isNull()).isTrue();

    StringBuilder streamed = new StringBuilder();
    SERVER.stream(PATH, fields + ", 'stream': true}")
        .filter(event -> event.startsWith("{"))
        .map(event -> TestServer.JSON.readTree(event).at("/choices/0/delta/tool_calls/0"))
        .forEach(part -> streamed.append(part.at("/function/arguments").asString("")));
    assertThat(TestServer.JSON.readTree(streamed.toString())).isEqualTo(arguments);

    Reply next =
        SERVER.post(
            PATH,
            "{'max_tokens': 4, 'messages': [{'role': 'user', 'content': 'Rain?'}, {'role':"
                + " 'assistant', 'tool_calls': [{'id': 'a', 'type': 'function', 'function':"
                + " {'name': 'weather', 'arguments': '{}'}}]}, {'role': 'tool', 'tool_call_id':"
                + " 'a', 'content': 'no'}]}");
    assertThat(next.status()).isEqualTo(200);
  }
}
