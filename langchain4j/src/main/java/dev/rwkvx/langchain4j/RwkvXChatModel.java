package dev.rwkvx.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A World or G1 model in this process. Calls may come from any number of threads: the model takes
 * turns between them, and an answer does not depend on what else runs.
 */
public final class RwkvXChatModel implements ChatModel, AutoCloseable {
  private final ChatEngine engine;

  private RwkvXChatModel(ChatEngine engine) {
    this.engine = engine;
  }

  /**
   * Starts with what suits conversations; the model itself has to be named.
   *
   * @return options of a chat model
   */
  public static RwkvXBuilder<RwkvXChatModel> builder() {
    return new RwkvXBuilder<>(RwkvXChatModel::new);
  }

  /**
   * Answers, on the caller's thread.
   *
   * @throws dev.langchain4j.exception.UnsupportedFeatureException when the request asks for what
   *     the model cannot do
   * @throws dev.langchain4j.exception.InvalidRequestException when a parameter is out of its range
   *     or there is no message to answer
   */
  @Override
  public ChatResponse doChat(ChatRequest request) {
    return engine.answer(request, AnswerListener.SILENT, () -> false);
  }

  /** Answers on a thread of the executor; cancelling the future ends the work. */
  @Override
  public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
    CompletableFuture<ChatResponse> answer = new CompletableFuture<>();
    engine.execute(() -> {
      try {
        answer.complete(engine.answer(request, AnswerListener.SILENT, answer::isCancelled));
      } catch (Throwable t) {
        answer.completeExceptionally(t);
      }
    });
    return answer;
  }

  @Override
  public ChatRequestParameters defaultRequestParameters() {
    return engine.defaults();
  }

  @Override
  public List<ChatModelListener> listeners() {
    return engine.listeners();
  }

  /** Frees the model if it was opened by the builder; no call may be under way. */
  @Override
  public void close() {
    engine.close();
  }
}
