package dev.rwkvx.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.List;
import java.util.concurrent.Flow.Publisher;
import java.util.concurrent.SubmissionPublisher;

/**
 * A World or G1 model in this process, whose answers come in pieces. Each runs on a thread of the
 * executor; the model takes turns between them.
 */
public final class RwkvXStreamingChatModel implements StreamingChatModel, AutoCloseable {
  private final ChatEngine engine;

  private RwkvXStreamingChatModel(ChatEngine engine) {
    this.engine = engine;
  }

  /**
   * Starts with what suits conversations; the model itself has to be named.
   *
   * @return options of a chat model
   */
  public static RwkvXBuilder<RwkvXStreamingChatModel> builder() {
    return new RwkvXBuilder<>(RwkvXStreamingChatModel::new);
  }

  /**
   * Answers on a thread of the executor. An answer that is cancelled through its handle is not
   * completed.
   *
   * @throws dev.langchain4j.exception.UnsupportedFeatureException when the request asks for what
   *     the model cannot do
   * @throws dev.langchain4j.exception.InvalidRequestException when a parameter is out of its range
   *     or there is no message to answer
   */
  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    ChatEngine.Question question = engine.question(request);
    Stream stream = new Stream(handler);
    engine.execute(() -> {
      try {
        ChatResponse response = engine.answer(question, stream, stream::isCancelled);
        if (!stream.isCancelled()) {
          InternalStreamingChatResponseHandlerUtils.onCompleteResponse(handler, response);
        }
      } catch (Throwable t) {
        InternalStreamingChatResponseHandlerUtils.withLoggingExceptions(() -> handler.onError(t));
      }
    });
  }

  /**
   * Answers each subscriber. A subscriber that is slow makes the answer wait; one that cancels ends
   * it.
   */
  @Override
  public Publisher<ChatModelStreamingEvent> doChat(ChatRequest request) {
    ChatEngine.Question question = engine.question(request);
    return subscriber -> {
      SubmissionPublisher<ChatModelStreamingEvent> events = new SubmissionPublisher<>();
      events.subscribe(subscriber);
      engine.execute(() -> {
        try {
          ChatResponse response =
              engine.answer(question, new Events(events), () -> !events.hasSubscribers());
          events.submit(new CompleteResponse(response));
          events.close();
        } catch (Throwable t) {
          events.closeExceptionally(t);
        }
      });
    };
  }

  /** From an answer to its subscriber. */
  private record Events(SubmissionPublisher<ChatModelStreamingEvent> to) implements AnswerListener {
    @Override
    public void onText(String piece) {
      to.submit(new PartialResponse(piece));
    }

    @Override
    public void onThought(String piece) {
      to.submit(new PartialThinking(piece));
    }

    @Override
    public void onCall(int index, ToolExecutionRequest call) {
      to.submit(new CompleteToolCall(index, call));
    }
  }

  /** From an answer to its handler. */
  private static final class Stream implements AnswerListener, StreamingHandle {
    private final StreamingChatResponseHandler handler;
    private volatile boolean cancelled;

    Stream(StreamingChatResponseHandler handler) {
      this.handler = handler;
    }

    @Override
    public void onText(String piece) {
      if (!cancelled) {
        InternalStreamingChatResponseHandlerUtils.onPartialResponse(handler, piece, this);
      }
    }

    @Override
    public void onThought(String piece) {
      if (!cancelled) {
        InternalStreamingChatResponseHandlerUtils.onPartialThinking(handler, piece, this);
      }
    }

    @Override
    public void onCall(int index, ToolExecutionRequest call) {
      if (!cancelled) {
        InternalStreamingChatResponseHandlerUtils.onCompleteToolCall(
            handler, new CompleteToolCall(index, call));
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public boolean isCancelled() {
      return cancelled;
    }
  }

  @Override
  public ChatRequestParameters defaultRequestParameters() {
    return engine.defaults();
  }

  @Override
  public List<ChatModelListener> listeners() {
    return engine.listeners();
  }

  /** Frees the model if it was opened by the builder; no answer may be under way. */
  @Override
  public void close() {
    engine.close();
  }
}
