package dev.rwkvx.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.rwkvx.generate.ChatFormat.Thinking;
import dev.rwkvx.generate.SamplingOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the model reads, and how what it writes is understood. */
class PromptTest {
  private static final ToolSpecification WEATHER =
      ToolSpecification.builder()
          .name("getWeather")
          .description("Tells the weather")
          .parameters(JsonObjectSchema.builder().addStringProperty("city").required("city").build())
          .build();

  private final ScriptedModel model = new ScriptedModel();
  private final RwkvXBuilder<RwkvXChatModel> builder =
      RwkvXChatModel.builder().sampling(SamplingOptions.greedy());

  @Test
  void turnsAreThoseOfTheChatFormat() {
    model.on("two", " 2");
    ask(
        SystemMessage.from("Be brief."),
        UserMessage.from("One?\n\nPlease."),
        AiMessage.from("1"),
        UserMessage.from("And two?"));
    assertThat(model.lastPrompt())
        .isEqualTo(
            "System: Be brief.\n\n"
                + "User: One?\n"
                + "Please.\n\n"
                + "Assistant: 1\n\n"
                + "User: And two?\n\n"
                + "Assistant:");
  }

  @Test
  void aSystemMessageOfTheBuilderStandsInForAMissingOne() {
    model.on("x", " y");
    builder.systemMessage("Be brief.");
    ask(UserMessage.from("x"));
    assertThat(model.lastPrompt()).startsWith("System: Be brief.\n\nUser: x");
    ask(SystemMessage.from("Be long."), UserMessage.from("x"));
    assertThat(model.lastPrompt()).startsWith("System: Be long.\n\nUser: x");
  }

  @Test
  void toolsAreListedAndTheirResultsRead() {
    model.on("Function output:", " Sunny.");
    ToolExecutionRequest call =
        ToolExecutionRequest.builder()
            .id("1")
            .name("getWeather")
            .arguments("{\"city\": \"Munich\"}")
            .build();
    ChatResponse response =
        builder
            .build(model)
            .chat(
                request(
                        SystemMessage.from("Be brief."),
                        UserMessage.from("Munich?"),
                        AiMessage.from(call),
                        ToolExecutionResultMessage.from(call, "{\"sky\": \"blue\"}"))
                    .toolSpecifications(WEATHER)
                    .build());
    assertThat(model.lastPrompt())
        .isEqualTo(
            """
            System: Be brief.

            System: Tools:
            [{"name":"getWeather","description":"Tells the weather","arguments":{"city":{"type":"string"}}}]

            User: Munich?

            Assistant: ```json
            {"name": "getWeather", "arguments": {"city": "Munich"}}
            ```

            User: Function output:
            {"sky": "blue"}

            Assistant:\
            """);
    assertThat(response.aiMessage()).isEqualTo(AiMessage.from("Sunny."));
  }

  @Test
  void severalCallsComeAsAList() {
    model.on(
        "both",
        " ```json\n[{\"name\":\"getWeather\",\"arguments\":{\"city\":\"A\"}},"
            + "{\"name\":\"getWeather\",\"arguments\":{\"city\":\"B\"}}]\n```");
    AiMessage message = askWithTool(UserMessage.from("both"), ToolChoice.AUTO).aiMessage();
    assertThat(message.toolExecutionRequests())
        .extracting(ToolExecutionRequest::arguments)
        .containsExactly("{\"city\":\"A\"}", "{\"city\":\"B\"}");
    assertThat(message.text()).isNull();
  }

  @Test
  void whatIsNoCallIsText() {
    String code = "```json\n{\"a\": 1}\n```";
    model.on("object", " " + code);
    model.on("unknown", " ```json\n{\"name\": \"other\", \"arguments\": {}}\n```");
    model.on("broken", " ```json\n{\"name\": \"getW");
    model.on("code", " ``x``");
    assertThat(askWithTool(UserMessage.from("object"), ToolChoice.AUTO).aiMessage())
        .isEqualTo(AiMessage.from(code));
    for (String question : List.of("unknown", "broken")) {
      ChatResponse response = askWithTool(UserMessage.from(question), ToolChoice.AUTO);
      assertThat(response.aiMessage().hasToolExecutionRequests()).isFalse();
      assertThat(response.aiMessage().text()).startsWith("```json\n{\"name\"");
      assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    }
    assertThat(askWithTool(UserMessage.from("code"), ToolChoice.AUTO).aiMessage().text())
        .isEqualTo("``x``");
    assertThat(ask(UserMessage.from("object")).aiMessage().text()).isEqualTo(code);
  }

  @Test
  void thoughtsAreToldFromTheAnswer() {
    model.on("Why", " <think>\nBecause <b>\n of\n</think>\nFor a reason.");
    builder.thinking(Thinking.SHORT);
    AiMessage message = ask(UserMessage.from("Why?")).aiMessage();
    assertThat(message.thinking()).isEqualTo("Because <b>\n of");
    assertThat(message.text()).isEqualTo("For a reason.");
    assertThat(model.lastPrompt()).endsWith("User: Why? (think a bit)\n\nAssistant:");

    model.on("Empty", " <think></think>\nYes.");
    builder.thinking(Thinking.EMPTY);
    message = ask(UserMessage.from("Empty?")).aiMessage();
    assertThat(message.thinking()).isNull();
    assertThat(message.text()).isEqualTo("Yes.");
  }

  @Test
  void anAnswerCanBeEmpty() {
    model.on("silence", "");
    ChatResponse response = ask(UserMessage.from("silence"));
    assertThat(response.aiMessage().text()).isEmpty();
    assertThat(response.tokenUsage().outputTokenCount()).isZero();
  }

  @Test
  void refusesWhatCannotBeAnswered() {
    assertInvalid("The message is empty", request(UserMessage.from(" ")));
    assertInvalid(
        "The last message must be the user's", request(UserMessage.from("x"), AiMessage.from("y")));
    assertInvalid("top-p must lie in (0, 1], found 2.0", request(UserMessage.from("x")).topP(2.0));
    assertInvalid(
        "max tokens must be at least 1, found 0",
        request(UserMessage.from("x")).maxOutputTokens(0));
    assertInvalid(
        "A stop string is empty", request(UserMessage.from("x")).stopSequences(List.of("")));
    assertInvalid(
        "ToolChoice.REQUIRED needs a tool",
        request(UserMessage.from("x")).toolChoice(ToolChoice.REQUIRED));
  }

  private void assertInvalid(String message, ChatRequest.Builder request) {
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> builder.build(model).chat(request.build()))
        .withMessageContaining(message);
  }

  private ChatResponse ask(ChatMessage... messages) {
    return builder.build(model).chat(messages);
  }

  private ChatResponse askWithTool(UserMessage message, ToolChoice choice) {
    return builder
        .build(model)
        .chat(request(message).toolSpecifications(WEATHER).toolChoice(choice).build());
  }

  private static ChatRequest.Builder request(ChatMessage... messages) {
    return ChatRequest.builder().messages(messages);
  }
}
