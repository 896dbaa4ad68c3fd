package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.rwkvx.server.ServerOptions.Access;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The official Java client understands all that it is told. */
class OpenAiClientTest {
  private static final String KEY = "a-key";
  private static final TestServer SERVER =
      new TestServer(options ->
          options.access(new Access(List.of(KEY), List.of(), List.of(), Optional.empty())));
  private static final OpenAIClient CLIENT = client(KEY);

  @AfterAll
  static void close() {
    CLIENT.close();
    SERVER.close();
  }

  private static OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl("http://127.0.0.1:" + SERVER.port() + "/v1")
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  private static ChatCompletionCreateParams.Builder chat() {
    return ChatCompletionCreateParams.builder()
        .model("tiny")
        .addSystemMessage("Be brief.")
        .addUserMessage("Hello")
        .maxCompletionTokens(16)
        .temperature(0.0);
  }

  @Test
  void chats() {
    ChatCompletion answer =
        CLIENT.chat().completions().create(chat().logprobs(true).topLogprobs(2).build()).validate();
    assertThat(answer.choices()).hasSize(1);
    assertThat(answer.choices().getFirst().message().content()).isPresent();
    assertThat(answer.usage().orElseThrow().promptTokens()).isPositive();
    var tokens = answer.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
    assertThat(tokens).hasSizeGreaterThan(1);
    assertThat(tokens.getFirst().topLogprobs()).hasSize(2);
    assertThat(tokens.getFirst().logprob()).isNegative();
  }

  @Test
  void streams() {
    String whole =
        CLIENT
            .chat()
            .completions()
            .create(chat().build())
            .choices()
            .getFirst()
            .message()
            .content()
            .orElseThrow();
    StringBuilder text = new StringBuilder();
    long[] tokens = new long[1];
    ChatCompletionCreateParams params =
        chat()
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    try (StreamResponse<ChatCompletionChunk> stream =
        CLIENT.chat().completions().createStreaming(params)) {
      stream.stream()
          .forEach(chunk -> {
            chunk.validate();
            chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
            chunk.usage().ifPresent(usage -> tokens[0] = usage.completionTokens());
          });
    }
    assertThat(text).hasToString(whole);
    assertThat(tokens[0]).isPositive();
  }

  @Test
  void callsTools() {
    FunctionParameters parameters =
        FunctionParameters.builder()
            .putAdditionalProperty("type", JsonValue.from("object"))
            .putAdditionalProperty(
                "properties",
                JsonValue.from(Map.of("city", Map.of("type", "string", "maxLength", 9))))
            .putAdditionalProperty("required", JsonValue.from(List.of("city")))
            .build();
    ChatCompletion answer =
        CLIENT
            .chat()
            .completions()
            .create(
                chat()
                    .maxCompletionTokens(100)
                    .addFunctionTool(
                        FunctionDefinition.builder().name("weather").parameters(parameters).build())
                    .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
                    .build())
            .validate();
    ChatCompletionMessageFunctionToolCall call =
        answer.choices().getFirst().message().toolCalls().orElseThrow().getFirst().asFunction();
    assertThat(call.function().name()).isEqualTo("weather");
    assertThat(call.function().arguments()).startsWith("{");
    assertThat(answer.choices().getFirst().finishReason())
        .isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
  }

  @Test
  void completesTexts() {
    Completion answer =
        CLIENT
            .completions()
            .create(
                CompletionCreateParams.builder()
                    .model("tiny")
                    .prompt("Once")
                    .maxTokens(4)
                    .logprobs(1)
                    .echo(true)
                    .temperature(0.0)
                    .build());
    assertThat(answer.choices().getFirst().text()).startsWith("Once");
    assertThat(answer.choices().getFirst().logprobs().orElseThrow().tokens().orElseThrow())
        .hasSize(8);
  }

  @Test
  void embedsTexts() {
    CreateEmbeddingResponse answer =
        CLIENT
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model("tiny")
                    .inputOfArrayOfStrings(List.of("one", "two"))
                    .build())
            .validate();
    assertThat(answer.data()).hasSize(2);
    assertThat(answer.data().getFirst().embedding()).hasSize(64);
  }

  @Test
  void knowsErrors() {
    assertThatExceptionOfType(BadRequestException.class)
        .isThrownBy(() -> CLIENT.chat().completions().create(chat().temperature(-3.0).build()))
        .withMessageContaining("temperature");
    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> CLIENT.chat().completions().create(chat().model("other").build()))
        .satisfies(error -> assertThat(error.code()).contains("model_not_found"));
    OpenAIClient stranger = client("wrong");
    assertThatExceptionOfType(UnauthorizedException.class)
        .isThrownBy(() -> stranger.models().list());
    stranger.close();
    assertThat(CLIENT.models().list().data()).hasSize(1);
  }
}
