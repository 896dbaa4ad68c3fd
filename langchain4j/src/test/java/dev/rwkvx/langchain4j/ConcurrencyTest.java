package dev.rwkvx.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.generate.ModelContext;
import dev.rwkvx.generate.SamplingOptions;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real, small, untrained model behind LangChain4j's interfaces. */
class ConcurrencyTest {
  private static final Config CONFIG = new Config(256, 64, 32, 2, 1, 16, 2);
  private static final ChatRequestParameters SHORT =
      ChatRequestParameters.builder().maxOutputTokens(24).build();

  private static TextModel model;

  @BeforeAll
  static void open() {
    ModelOptions options = ModelOptions.defaults().withThreads(2);
    RwkvX random = RwkvX.open(RandomModel.create(CONFIG, WeightType.F32, 3), options);
    model = new TextModel(random, Vocabulary.bytes());
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void answersDoNotDependOnWhatElseRuns() {
    RwkvXChatModel chat = make(RwkvXChatModel.builder());
    RwkvXStreamingChatModel streaming = make(RwkvXStreamingChatModel.builder());
    List<AiMessage> alone =
        IntStream.range(0, 8).mapToObj(i -> chat.chat(request(i)).aiMessage()).toList();
    assertThat(alone).doesNotHaveDuplicates();
    try (var threads = Executors.newFixedThreadPool(8)) {
      List<CompletableFuture<ChatResponse>> together =
          IntStream.range(0, 8)
              .mapToObj(i ->
                  i % 2 == 0
                      ? CompletableFuture.supplyAsync(() -> chat.chat(request(i)), threads)
                      : stream(streaming, request(i)))
              .toList();
      assertThat(together)
          .map(answer -> answer.get(60, TimeUnit.SECONDS).aiMessage())
          .isEqualTo(alone);
    }
    chat.close();
    assertThat(chat.chat(request(3)).aiMessage())
        .as("the shared model stays open")
        .isEqualTo(alone.get(3));
  }

  @Test
  void rememberingAConversationChangesNoAnswer() {
    List<ChatMessage> messages = new ArrayList<>();
    RwkvXChatModel remembers = make(RwkvXChatModel.builder());
    RwkvXChatModel forgets = make(RwkvXChatModel.builder().maxRemembered(0));
    for (int i = 0; i < 5; i++) {
      messages.add(UserMessage.from("Question number " + i));
      ChatResponse answer = forgets.chat(messages);
      ChatResponse again = remembers.chat(messages);
      assertThat(again.aiMessage()).isEqualTo(answer.aiMessage());
      assertThat(again.tokenUsage()).isEqualTo(answer.tokenUsage());
      messages.add(answer.aiMessage());
    }
  }

  @Test
  void aConversationIsReadOnce() {
    int[] prompt = new SplittableRandom(1).ints(600, 0, 256).toArray();
    try (ModelSource source = new ModelSource(model, CacheOptions.exact(), 1 << 20, () -> {})) {
      AtomicInteger looks = new AtomicInteger();
      BooleanSupplier never = () -> looks.incrementAndGet() < 0;
      source.begin(prompt, 520, never).close();
      assertThat(looks).as("pieces that were read").hasValue(2);
      float[] logits = new float[256];
      try (Source.Begun next = source.begin(prompt, 599, never)) {
        assertThat(next.read()).isEqualTo(599);
        assertThat(looks).as("with one more").hasValue(3);
        next.context().read(prompt, 599, 600, logits);
      }
      assertThat(logits).isEqualTo(logitsOf(prompt));
      try (Source.Begun none = source.begin(prompt, 30, () -> true)) {
        assertThat(none.read()).isZero();
      }
    }
  }

  private static float[] logitsOf(int[] tokens) {
    float[] logits = new float[256];
    try (ModelContext context = model.newContext(CacheOptions.exact())) {
      context.read(tokens, 0, tokens.length, logits);
    }
    return logits;
  }

  @Test
  void aSeedRepeatsAnswers() {
    RwkvXBuilder<RwkvXChatModel> builder = RwkvXChatModel.builder().model(model);
    builder.defaultRequestParameters(SHORT).sampling(SamplingOptions.defaults());
    AiMessage first = builder.seed(5).build().chat(request(1)).aiMessage();
    assertThat(builder.seed(5).build().chat(request(1)).aiMessage()).isEqualTo(first);
    assertThat(builder.seed(6).build().chat(request(1)).aiMessage()).isNotEqualTo(first);
  }

  @Test
  void aCancelledStreamEndsWithoutAnAnswer() throws Exception {
    AtomicInteger pieces = new AtomicInteger();
    CountDownLatch cancelled = new CountDownLatch(1);
    CompletableFuture<Thread> worker = new CompletableFuture<>();
    RwkvXStreamingChatModel streaming =
        RwkvXStreamingChatModel.builder()
            .model(model)
            .sampling(onlyLetters())
            .defaultRequestParameters(
                ChatRequestParameters.builder().maxOutputTokens(1 << 30).build())
            .build();
    streaming.chat(
        request(1),
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
            worker.complete(Thread.currentThread());
            if (pieces.incrementAndGet() == 3) {
              context.streamingHandle().cancel();
              cancelled.countDown();
            }
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            pieces.set(-1);
          }

          @Override
          public void onError(Throwable error) {
            pieces.set(-2);
          }
        });
    assertThat(cancelled.await(60, TimeUnit.SECONDS)).isTrue();
    worker.get().join();
    assertThat(pieces).hasValue(3);
  }

  @Test
  void aCancelledFutureEndsTheWork() throws Exception {
    CompletableFuture<Thread> worker = new CompletableFuture<>();
    RwkvXChatModel chat =
        RwkvXChatModel.builder()
            .model(model)
            .sampling(onlyLetters())
            .defaultRequestParameters(
                ChatRequestParameters.builder().maxOutputTokens(1 << 30).build())
            .executor(task -> {
              Thread thread = new Thread(task);
              worker.complete(thread);
              thread.start();
            })
            .build();
    CompletableFuture<ChatResponse> answer = chat.chatAsync(request(1));
    assertThat(answer.cancel(true)).isTrue();
    worker.get().join();
  }

  @Test
  void opensModelFilesAndSaysWhatIsWrongWithThem(@TempDir Path folder) {
    Path file = folder.resolve("tiny.safetensors");
    try (Checkpoint random = RandomModel.create(CONFIG, WeightType.F32, 3)) {
      Conversion.run(random, file, new Conversion.Target.Same(), Map.of());
    }
    try (RwkvXChatModel chat =
        RwkvXChatModel.builder()
            .modelFile(file)
            .cache(CacheOptions.exact().with(new Bounded(40, 30, 5, 4)))
            .defaultRequestParameters(SHORT)
            .sampling(onlyLetters())
            .build()) {
      ChatResponse response = chat.chat(request(1));
      assertThat(response.modelName()).isEqualTo("tiny");
      assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(24);
    }
    assertRefused("/no/such/file", RwkvXChatModel.builder().modelFile(Path.of("/no/such/file")));
    assertRefused("either a model file or an open model", RwkvXChatModel.builder());
    assertRefused(
        "The vocabulary 'big' has 258 ids, more than the 256 of the model",
        RwkvXChatModel.builder().modelFile(file).vocabulary(bigVocabulary()));
    assertRefused(
        "top-p must lie in (0, 1], found 3.0",
        RwkvXChatModel.builder()
            .model(model)
            .defaultRequestParameters(ChatRequestParameters.builder().topP(3.0).build()));
  }

  private static void assertRefused(String message, RwkvXBuilder<?> builder) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(builder::build)
        .withMessageContaining(message);
  }

  private static Vocabulary bigVocabulary() {
    return Vocabulary.of(
        "big",
        IntStream.range(0, 257)
            .mapToObj(i -> new byte[] {(byte) (i < 256 ? i : 1), (byte) (i < 256 ? 0 : 1)})
            .toList());
  }

  private static <M> M make(RwkvXBuilder<M> builder) {
    return builder
        .model(model)
        .sampling(SamplingOptions.greedy())
        .defaultRequestParameters(SHORT)
        .build();
  }

  /** Never ends a turn or a document. */
  private static SamplingOptions onlyLetters() {
    return SamplingOptions.greedy().withLogitBias(Map.of((int) 'a', 1000f));
  }

  private static ChatRequest request(int i) {
    return ChatRequest.builder().messages(UserMessage.from("Question number " + i)).build();
  }

  private static CompletableFuture<ChatResponse> stream(
      RwkvXStreamingChatModel streaming, ChatRequest request) {
    CompletableFuture<ChatResponse> answer = new CompletableFuture<>();
    StringBuilder pieces = new StringBuilder();
    streaming.chat(
        request,
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String piece) {
            pieces.append(piece);
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            assertThat(pieces).hasToString(response.aiMessage().text());
            answer.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            answer.completeExceptionally(error);
          }
        });
    return answer;
  }
}
