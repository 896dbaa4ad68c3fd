package dev.rwkvx.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.rwkvx.InputException;
import dev.rwkvx.generate.ChatFormat.Thinking;
import dev.rwkvx.generate.SamplingOptions;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a chat model is made. Needed is {@link #modelFile} or {@link #model}; the rest has values
 * that suit conversations.
 *
 * @param <M> the kind of chat model
 */
public final class RwkvXBuilder<M> {
  private static final int USUAL_MAX_TOKENS = 4096;
  private static final long USUAL_REMEMBERED = 256L << 20;

  private final Function<ChatEngine, M> make;
  private @Nullable Path file;
  private @Nullable TextModel shared;
  private @Nullable Vocabulary vocabulary;
  private ModelOptions options = ModelOptions.defaults();
  private CacheOptions cache = CacheOptions.exact();
  private long maxRemembered = USUAL_REMEMBERED;
  private SamplingOptions sampling = SamplingOptions.chat();
  private @Nullable Long seed;
  private Thinking thinking = Thinking.OFF;
  private String systemMessage = "";
  private ChatRequestParameters parameters = DefaultChatRequestParameters.EMPTY;
  private List<ChatModelListener> listeners = List.of();
  private @Nullable Executor executor;

  RwkvXBuilder(Function<ChatEngine, M> make) {
    this.make = make;
  }

  /**
   * The {@code .pth}, {@code .safetensors} or {@code .gguf} file to open; freed when the chat model
   * is closed.
   *
   * @param value a {@code .pth}, {@code .safetensors} or {@code .gguf} file
   * @return this
   */
  public RwkvXBuilder<M> modelFile(Path value) {
    file = value;
    return this;
  }

  /**
   * A model that is open, for several chat models to share; it stays open when these are closed.
   *
   * @param value stays the caller's to close
   * @return this
   */
  public RwkvXBuilder<M> model(TextModel value) {
    shared = value;
    return this;
  }

  /**
   * The vocabulary of the model file, if the file does not name it.
   *
   * @param value with at most as many ids as the model
   * @return this
   */
  public RwkvXBuilder<M> vocabulary(Vocabulary value) {
    vocabulary = value;
    return this;
  }

  /**
   * Threads and kernels that compute, and the chunk size and top-k of the model file.
   *
   * @param value for a model that is opened from a file
   * @return this
   */
  public RwkvXBuilder<M> modelOptions(ModelOptions value) {
    options = value;
    return this;
  }

  /**
   * How the keys and values of a conversation are kept (default: all, in memory).
   *
   * @param value exact, bounded or spilling, and the type of entries
   * @return this
   */
  public RwkvXBuilder<M> cache(CacheOptions value) {
    cache = value;
    return this;
  }

  /**
   * The most memory for conversations that have been read, so that their next turn need not read
   * them again (default: 256 MiB). The latest used stay. Answers do not depend on it.
   *
   * @param bytes 0 remembers none
   * @return this
   */
  public RwkvXBuilder<M> maxRemembered(long bytes) {
    if (bytes < 0) {
      throw new InputException("max remembered must be 0 or more bytes, found " + bytes);
    }
    maxRemembered = bytes;
    return this;
  }

  /**
   * How tokens are drawn where a request does not say (default: {@link SamplingOptions#chat}).
   *
   * @param value temperature, filters, penalties
   * @return this
   */
  public RwkvXBuilder<M> sampling(SamplingOptions value) {
    sampling = value;
    return this;
  }

  /**
   * Draws the same tokens for the same request (default: other ones every time).
   *
   * @param value any number
   * @return this
   */
  public RwkvXBuilder<M> seed(long value) {
    seed = value;
    return this;
  }

  /**
   * How a G1 model thinks before it answers (default: not at all, as World models).
   *
   * @param value {@link Thinking#OFF} for World models
   * @return this
   */
  public RwkvXBuilder<M> thinking(Thinking value) {
    thinking = value;
    return this;
  }

  /**
   * The system message of requests without one (default: none).
   *
   * @param value what the model should do in all answers
   * @return this
   */
  public RwkvXBuilder<M> systemMessage(String value) {
    systemMessage = value;
    return this;
  }

  /**
   * Parameters of requests that do not have them. Without {@code maxOutputTokens} answers end after
   * 4096 tokens.
   *
   * @param value sampling, tools, the most tokens, stop sequences
   * @return this
   */
  public RwkvXBuilder<M> defaultRequestParameters(ChatRequestParameters value) {
    parameters = value;
    return this;
  }

  /**
   * Who hears of requests, responses and errors.
   *
   * @param value called in this order
   * @return this
   */
  public RwkvXBuilder<M> listeners(List<ChatModelListener> value) {
    listeners = List.copyOf(value);
    return this;
  }

  /**
   * Runs streamed and asynchronous answers (default: a daemon thread for each).
   *
   * @param value runs a task per answer, for as long as the answer takes
   * @return this
   */
  public RwkvXBuilder<M> executor(Executor value) {
    executor = value;
    return this;
  }

  /**
   * Makes the chat model.
   *
   * @return the chat model, to be closed by the caller
   * @throws InputException when the file is no model, its vocabulary is not found, an option does
   *     not fit it or a parameter is out of its range
   * @throws dev.langchain4j.exception.UnsupportedFeatureException when the default parameters ask
   *     for what a model cannot do
   */
  public M build() {
    if (vocabulary != null && shared != null) {
      throw new InputException("An open model has its vocabulary; expected none beside it");
    }
    if (shared != null && file == null) {
      return build(shared, () -> {});
    }
    if (file != null && shared == null) {
      TextModel model = open(file);
      return build(model, model::close);
    }
    throw new InputException("A chat model needs either a model file or an open model");
  }

  private M build(TextModel model, Runnable close) {
    try {
      return build(new ModelSource(model, cache, maxRemembered, close));
    } catch (RuntimeException | Error e) {
      close.run();
      throw e;
    }
  }

  private TextModel open(Path path) {
    return vocabulary == null
        ? TextModel.open(path, options)
        : TextModel.open(path, options, vocabulary);
  }

  /** Makes a chat model of any source of answers. */
  M build(Source source) {
    ChatRequestParameters usual =
        ChatRequestParameters.builder()
            .temperature(sampling.temperature())
            .topP(sampling.topP())
            .topK(sampling.topK())
            .presencePenalty(sampling.presencePenalty())
            .frequencyPenalty(sampling.frequencyPenalty())
            .maxOutputTokens(USUAL_MAX_TOKENS)
            .build();
    Executor runs = executor != null ? executor : threads();
    return make.apply(
        new ChatEngine(
            source,
            new ChatEngine.Settings(
                sampling,
                seed,
                thinking,
                systemMessage,
                usual.overrideWith(parameters),
                listeners,
                runs)));
  }

  private static Executor threads() {
    return Executors.newThreadPerTaskExecutor(
        Thread.ofPlatform().daemon().name("rwkvx-chat-", 0).factory());
  }
}
