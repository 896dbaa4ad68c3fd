package dev.rwkvx.server.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.rwkvx.InputException;
import dev.rwkvx.generate.TextTokens;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.server.ServerOptions;
import dev.rwkvx.server.grammar.TokenOrder;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.server.http.Client;
import dev.rwkvx.server.http.Guard;
import dev.rwkvx.server.schedule.Metrics;
import dev.rwkvx.server.schedule.Scheduler;
import dev.rwkvx.tokenizer.Tokenizer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All paths of the server. */
public final class Api implements AutoCloseable {
  private static final String PAGE = "/dev/rwkvx/server/chat.html";
  private static final int RETRY_SECONDS = 1;

  /** Time to tell clients that the server ends. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private static final String READ = "GET, HEAD";

  /** Paths that are counted under their own names, and what may be done there. */
  private static final Map<String, String> PATHS =
      Map.ofEntries(
          Map.entry("/", READ),
          Map.entry("/health", READ),
          Map.entry("/metrics", READ),
          Map.entry("/tokenize", "POST"),
          Map.entry("/detokenize", "POST"),
          Map.entry("/tokenizer_info", READ),
          Map.entry("/v1/models", READ),
          Map.entry("/v1/completions", "POST"),
          Map.entry("/v1/chat/completions", "POST"),
          Map.entry("/v1/embeddings", "POST"),
          Map.entry("/v1/states", READ + ", POST"));

  private final Service service;
  private final Running running = new Running();

  /** What a model is called, and how it can be used. */
  record ModelBody(String id, String object, long created, String ownedBy, int maxModelLen) {}

  /** All models: one. */
  record Models(String object, List<ModelBody> data) {}

  /** Whether all is well, and if not, why. */
  record Health(String status, @JsonInclude(Include.NON_NULL) @Nullable String message) {}

  /**
   * Starts the scheduler; the model stays the caller's.
   *
   * @param model open until the server is closed
   * @param tokenizer the model's vocabulary
   * @param options limits, sampling, states
   * @throws InputException when the options or the vocabulary do not fit the model
   */
  public Api(RwkvX model, Tokenizer tokenizer, ServerOptions options) {
    Tokens tokens = new Tokens(new TextTokens(tokenizer, model.config().vocabulary()));
    // Says at once if states cannot be kept so.
    model.newState(options.cache()).close();
    String fingerprint = tokenizer.vocabulary().fingerprint();
    States states = new States(options.states(), model, options.cache(), fingerprint);
    Metrics metrics = new Metrics();
    service =
        new Service(
            model,
            tokens,
            new TokenOrder(tokenizer.vocabulary()),
            new Scheduler(model, options.limits(), options.cacheMemory(), metrics),
            states,
            new Responses(),
            metrics,
            new ModelFile(model.path()),
            memory(options, metrics),
            new Parsers(),
            options);
  }

  private static Allowance memory(ServerOptions options, Metrics metrics) {
    Allowance memory = new Allowance(options.memory());
    metrics.gauge("rwkvx_request_bytes", "Memory that requests have asked for.", memory::taken);
    return memory;
  }

  /** {@return who answers which path} */
  public HttpRouting.Builder routing() {
    ServerOptions.Access access = service.options().access();
    HttpRouting.Builder routing = HttpRouting.builder();
    read(routing, "/", this::page);
    read(routing, "/health", this::health);
    read(routing, "/metrics", this::metrics);
    read(
        routing,
        "/v1/models",
        (_, response) -> Replies.send(response, new Models("list", List.of(model()))));
    read(routing, "/v1/models/{name}", this::model);
    return routing
        .addFilter(this::count)
        .addFilter(running)
        .addFilter(guard(access))
        .addFilter(Api::onlyJson)
        .post("/v1/completions", new Completions(service))
        .post("/v1/chat/completions", new ChatCompletions(service))
        .post("/v1/embeddings", new Embeddings(service))
        .register("/v1/states", new StatesRoutes(service))
        .register("/", new TokenizerRoutes(service))
        .any(Api::nothing)
        .error(ApiException.class, (_, response, problem) -> send(response, problem))
        .error(
            InputException.class,
            (_, response, problem) -> send(response, Answering.problem(problem)))
        .error(Exception.class, Api::unexpected);
  }

  private Guard guard(ServerOptions.Access access) {
    return new Guard(access.keys(), access.origins(), service.options().host(), access.hosts());
  }

  /** Whoever may read a path may also ask for the head of the answer. */
  static void read(HttpRules routing, String path, Handler handler) {
    routing.get(path, handler).head(path, handler);
  }

  private static void nothing(ServerRequest request, ServerResponse response) {
    String path = request.path().path();
    String allowed = path.matches("/v1/models/[^/]+") ? READ : PATHS.get(path);
    if (path.matches("/v1/states/[^/]+")) {
      allowed = READ + ", DELETE";
    }
    String asked = "%s %s".formatted(request.prologue().method().text(), path);
    if (allowed == null) {
      throw ApiException.notFound(null, "unknown_path", "There is nothing at " + asked);
    }
    response.header(HeaderNames.ALLOW, allowed);
    send(
        response,
        ApiException.refused(
            405, "method_not_allowed", "%s is not possible; only %s".formatted(asked, allowed)));
  }

  private static void send(ServerResponse response, ApiException problem) {
    if (problem.status() == 401) {
      response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (problem.status() == 429 || problem.status() == 503) {
      response.header(HeaderNames.RETRY_AFTER, Integer.toString(RETRY_SECONDS));
    }
    Replies.send(response, problem.status(), problem.body());
  }

  private static void unexpected(
      ServerRequest request, ServerResponse response, Exception problem) {
    if (response.isSent()) {
      throw new CloseConnectionException("an answer has failed on its way", problem);
    }
    send(response, Answering.problem(problem));
  }

  private void count(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    try {
      chain.proceed();
    } finally {
      Client.current().served();
      String path = request.path().path();
      String known =
          PATHS.containsKey(path) ? path : path.startsWith("/v1/states/") ? "/v1/states" : "other";
      service
          .metrics()
          .requests
          .labelValues(known, Integer.toString(response.status().code()))
          .inc();
    }
  }

  /** Bodies that claim to be something else may come from a page that must not ask. */
  private static void onlyJson(
      FilterChain chain, RoutingRequest request, RoutingResponse response) {
    if (request.prologue().method().equals(Method.POST)) {
      String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("");
      if (!type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
        throw ApiException.refused(
            415, "unsupported_media_type", "The body must be JSON: Content-Type: application/json");
      }
    }
    chain.proceed();
  }

  private ModelBody model() {
    return new ModelBody(
        service.options().modelName(), "model", 0, "rwkvx", service.options().maxContext());
  }

  private void model(ServerRequest request, ServerResponse response) {
    String name = request.path().pathParameters().get("name");
    if (!name.equals(service.options().modelName())) {
      throw ApiException.notFound(
          "model", "model_not_found", "There is no model '%s' here".formatted(name));
    }
    Replies.send(response, model());
  }

  private void health(ServerRequest request, ServerResponse response) {
    Optional<String> problem =
        running.ending()
            ? Optional.of("The server is being closed")
            : service.modelFile().problem();
    if (problem.isPresent()) {
      Replies.send(response, 503, new Health("unavailable", problem.get()));
    } else {
      Replies.send(response, new Health("ok", null));
    }
  }

  private void metrics(ServerRequest request, ServerResponse response) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    try {
      writer.write(text, service.metrics().registry().scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    response.header(HeaderNames.CONTENT_TYPE, writer.getContentType());
    response.send(text.toByteArray());
  }

  private void page(ServerRequest request, ServerResponse response) {
    try (InputStream page = Api.class.getResourceAsStream(PAGE)) {
      if (page == null) {
        throw ApiException.notFound(null, "no_page", "This build has no chat page");
      }
      response.header(HeaderNames.CONTENT_TYPE, "text/html; charset=utf-8");
      response.header(
          HeaderNames.create("Content-Security-Policy"),
          "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src"
              + " 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors"
              + " 'none'");
      response.header(HeaderNames.create("X-Content-Type-Options"), "nosniff");
      response.header(HeaderNames.CACHE_CONTROL, "no-cache");
      response.send(page.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** From now on new requests are refused, and {@code /health} says that the server ends. */
  public void refuse() {
    running.refuse();
  }

  /**
   * Waits for requests to end.
   *
   * @param time the most to wait
   * @return whether none is being answered
   * @throws InterruptedException when the thread is interrupted meanwhile
   */
  public boolean awaitIdle(Duration time) throws InterruptedException {
    return running.await(time);
  }

  /** Ends all requests, whose clients are told so, and the scheduler. */
  @Override
  public void close() {
    running.refuse();
    service.scheduler().close();
    try {
      boolean unused = running.await(LAST_WORDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    service.parsers().close();
  }
}
