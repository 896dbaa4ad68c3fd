package dev.rwkvx.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import dev.rwkvx.InputException;
import dev.rwkvx.generate.ChatFormat;
import dev.rwkvx.generate.ChatFormat.Thinking;
import dev.rwkvx.generate.ChatFormat.Turn;
import dev.rwkvx.generate.Context;
import dev.rwkvx.generate.Generation;
import dev.rwkvx.generate.GenerationOptions;
import dev.rwkvx.generate.Generator;
import dev.rwkvx.generate.Sampler;
import dev.rwkvx.generate.SamplingOptions;
import dev.rwkvx.generate.ToolFormat;
import dev.rwkvx.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Requests into prompts, and what a model generates into responses. For any number of threads. */
final class ChatEngine implements AutoCloseable {
  /**
   * What every answer begins with, unless the request says otherwise.
   *
   * @param sampling for what LangChain4j has no parameters for
   * @param seed of every answer; null for another one each time
   * @param systemMessage for requests without one; blank for none
   */
  record Settings(
      SamplingOptions sampling,
      @Nullable Long seed,
      Thinking thinking,
      String systemMessage,
      ChatRequestParameters parameters,
      List<ChatModelListener> listeners,
      Executor executor) {}

  /**
   * A request that can be answered.
   *
   * @param history tokens before the last turn, with which the next prompt begins too
   * @param opening where the answer begins: the end of the prompt that is already part of it
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Question(
      int[] prompt,
      int history,
      String opening,
      Tools tools,
      SamplingOptions sampling,
      GenerationOptions options) {}

  private final Source source;
  private final Settings settings;

  /**
   * @throws UnsupportedFeatureException when the default parameters ask for what a model cannot do
   * @throws InputException when a default parameter is out of its range
   */
  ChatEngine(Source source, Settings settings) {
    this.source = source;
    this.settings = settings;
    requireSupport(settings.parameters());
    sampling(settings.parameters());
    options(settings.parameters());
  }

  ChatRequestParameters defaults() {
    return settings.parameters();
  }

  List<ChatModelListener> listeners() {
    return settings.listeners();
  }

  void execute(Runnable task) {
    settings.executor().execute(task);
  }

  ChatResponse answer(ChatRequest request, AnswerListener listener, BooleanSupplier cancelled) {
    return answer(question(request), listener, cancelled);
  }

  /**
   * Makes a prompt of a request.
   *
   * @throws UnsupportedFeatureException when the request asks for what a model cannot do
   * @throws InvalidRequestException when a parameter is out of its range or there is no message to
   *     answer
   */
  Question question(ChatRequest request) {
    ChatRequestParameters parameters = request.parameters();
    requireSupport(parameters);
    Tools tools = tools(parameters);
    List<Turn> turns = Conversation.turns(withSystemMessage(request.messages()), tools);
    // A call is all that is wanted: it begins at once.
    Thinking thinking = tools.required() ? Thinking.OFF : settings.thinking();
    String fence = tools.required() ? ToolFormat.OPENING : "";
    Tokenizer tokenizer = source.tokenizer();
    try {
      int[] prompt =
          IntStream.concat(
                  IntStream.of(ChatFormat.prompt(turns, thinking, tokenizer)),
                  IntStream.of(tokenizer.encode(fence)))
              .toArray();
      int history =
          turns.subList(0, turns.size() - 1).stream()
              .mapToInt(turn -> ChatFormat.turn(turn, tokenizer).length)
              .sum();
      return new Question(
          prompt,
          history,
          thinking.opening() + fence,
          tools,
          sampling(parameters),
          options(parameters));
    } catch (InputException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  private void requireSupport(ChatRequestParameters parameters) {
    String model = parameters.modelName();
    if (model != null && !model.equals(source.name())) {
      throw new UnsupportedFeatureException(
          "The parameter modelName is not supported: this is the model '%s', found '%s'"
              .formatted(source.name(), model));
    }
    if (parameters.responseFormat() != null
        && parameters.responseFormat().type() == ResponseFormatType.JSON) {
      throw new UnsupportedFeatureException("JSON response format is not supported");
    }
  }

  private static Tools tools(ChatRequestParameters parameters) {
    boolean required = parameters.toolChoice() == ToolChoice.REQUIRED;
    if (required && parameters.toolSpecifications().isEmpty()) {
      throw new InvalidRequestException("ToolChoice.REQUIRED needs a tool specification");
    }
    boolean none = parameters.toolChoice() == ToolChoice.NONE;
    return new Tools(none ? List.of() : parameters.toolSpecifications(), required);
  }

  private List<ChatMessage> withSystemMessage(List<ChatMessage> messages) {
    boolean hasOne = messages.stream().anyMatch(SystemMessage.class::isInstance);
    if (hasOne || settings.systemMessage().isBlank()) {
      return messages;
    }
    List<ChatMessage> all = new ArrayList<>(List.of(SystemMessage.from(settings.systemMessage())));
    all.addAll(messages);
    return all;
  }

  private SamplingOptions sampling(ChatRequestParameters parameters) {
    SamplingOptions usual = settings.sampling();
    Long seed = settings.seed();
    return usual
        .withTemperature(or(parameters.temperature(), usual.temperature()))
        .withTopP(or(parameters.topP(), usual.topP()))
        .withTopK(or(parameters.topK(), usual.topK()))
        .withPresencePenalty(or(parameters.presencePenalty(), usual.presencePenalty()))
        .withFrequencyPenalty(or(parameters.frequencyPenalty(), usual.frequencyPenalty()))
        .withSeed(seed == null ? RandomGenerator.getDefault().nextLong() : seed);
  }

  private static GenerationOptions options(ChatRequestParameters parameters) {
    Stream<String> stops =
        Stream.concat(Stream.of(ChatFormat.END_OF_TURN), parameters.stopSequences().stream());
    return new GenerationOptions(
        parameters.maxOutputTokens(), stops.toList(), Set.of(GenerationOptions.END_OF_DOCUMENT));
  }

  private static <T> T or(@Nullable T given, T otherwise) {
    return given == null ? otherwise : given;
  }

  /**
   * Generates the answer, on this thread.
   *
   * @param cancelled asked between tokens; what was written until then is the answer
   */
  ChatResponse answer(Question question, AnswerListener listener, BooleanSupplier cancelled) {
    Answer answer = new Answer(question.opening(), question.tools(), listener);
    int[] prompt = question.prompt();
    Generation generation;
    try (Source.Begun begun = source.begin(prompt, question.history(), cancelled)) {
      Context context = begun.context();
      generation =
          new Generator(context, source.tokenizer())
              .generate(
                  Arrays.copyOfRange(prompt, begun.read(), prompt.length),
                  new Sampler(question.sampling(), context.vocabulary()),
                  question.options(),
                  answer,
                  cancelled);
    } catch (InputException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
    AiMessage message = answer.finish();
    return ChatResponse.builder()
        .aiMessage(message)
        .id("rwkvx-" + UUID.randomUUID())
        .modelName(source.name())
        .tokenUsage(new TokenUsage(prompt.length, generation.tokens()))
        .finishReason(
            message.hasToolExecutionRequests()
                ? FinishReason.TOOL_EXECUTION
                : reason(generation.end()))
        .build();
  }

  private static FinishReason reason(Generation.End end) {
    return switch (end) {
      case STOP_TOKEN, STOP_STRING -> FinishReason.STOP;
      case LENGTH -> FinishReason.LENGTH;
      case CANCELLED -> FinishReason.OTHER;
    };
  }

  @Override
  public void close() {
    source.close();
  }
}
