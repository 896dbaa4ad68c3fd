package dev.rwkvx.server.api;

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
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** All paths of the server. */
public final class Api implements AutoCloseable {
  private static final String PAGE = "/dev/rwkvx/server/chat.html";
  private static final int RETRY_SECONDS = 1;

  /** Paths that are counted under their own names. */
  private static final Set<String> PATHS =
      Set.of(
          "/",
          "/health",
          "/metrics",
          "/tokenize",
          "/detokenize",
          "/tokenizer_info",
          "/v1/models",
          "/v1/completions",
          "/v1/chat/completions",
          "/v1/embeddings",
          "/v1/states");

  private final Service service;

  /** What a model is called, and how it can be used. */
  record ModelBody(String id, String object, long created, String ownedBy, int maxModelLen) {}

  /** All models: one. */
  record Models(String object, List<ModelBody> data) {}

  /** That all is well. */
  record Health(String status) {}

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
    States states = new States(options.statesFolder(), model, options.cache(), fingerprint);
    Metrics metrics = new Metrics();
    service =
        new Service(
            model,
            tokens,
            new TokenOrder(tokenizer.vocabulary()),
            new Scheduler(model, options.limits(), metrics),
            states,
            new Responses(),
            metrics,
            memory(options, metrics),
            new Parsers(),
            options);
  }

  private static Allowance memory(ServerOptions options, Metrics metrics) {
    Allowance memory = new Allowance(options.memory());
    metrics.gauge(
        "rwkvx_request_bytes", "Memory that requests have asked for.", memory::taken);
    return memory;
  }

  /** {@return who answers which path} */
  public HttpRouting.Builder routing() {
    ServerOptions.Access access = service.options().access();
    return HttpRouting.builder()
        .addFilter(this::count)
        .addFilter(new Guard(access.keys(), access.origins(), service.options().host()))
        .addFilter(Api::onlyJson)
        .get("/", this::page)
        .get("/health", (_, response) -> Replies.send(response, new Health("ok")))
        .get("/metrics", this::metrics)
        .get(
            "/v1/models",
            (_, response) -> Replies.send(response, new Models("list", List.of(model()))))
        .get("/v1/models/{name}", this::model)
        .post("/v1/completions", new Completions(service))
        .post("/v1/chat/completions", new ChatCompletions(service))
        .post("/v1/embeddings", new Embeddings(service))
        .register("/v1/states", new StatesRoutes(service))
        .register("/", new TokenizerRoutes(service))
        .any((request, _) -> {
          throw ApiException.notFound(
              null,
              "unknown_path",
              "There is nothing at %s %s"
                  .formatted(request.prologue().method().text(), request.path().path()));
        })
        .error(ApiException.class, (_, response, problem) -> send(response, problem))
        .error(
            InputException.class,
            (_, response, problem) -> send(response, Answering.problem(problem)))
        .error(Exception.class, Api::unexpected);
  }

  private static void send(ServerResponse response, ApiException problem) {
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
          PATHS.contains(path) ? path : path.startsWith("/v1/states/") ? "/v1/states" : "other";
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
      if (!type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
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

  /** Ends all requests and the scheduler. */
  @Override
  public void close() {
    service.scheduler().close();
    service.parsers().close();
  }
}
