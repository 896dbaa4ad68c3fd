package dev.rwkvx.server;

import dev.rwkvx.generate.GenerationOptions;
import dev.rwkvx.generate.Generator;
import dev.rwkvx.generate.ModelContext;
import dev.rwkvx.generate.Sampler;
import dev.rwkvx.generate.SamplingOptions;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server of a small untrained model whose tokens are bytes. */
final class TestServer implements AutoCloseable {
  static final JsonMapper JSON = new JsonMapper();
  private static final Config CONFIG = new Config(256, 64, 32, 3, 1, 16, 2);

  final RwkvX model;
  final Tokenizer tokenizer = new Tokenizer(Vocabulary.bytes());
  final RwkvXServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  TestServer() {
    this(UnaryOperator.identity());
  }

  TestServer(UnaryOperator<ServerOptions.Builder> options) {
    model = RwkvX.open(RandomModel.create(CONFIG, WeightType.F32, 7), ModelOptions.defaults());
    server =
        RwkvXServer.start(model, tokenizer, options.apply(ServerOptions.builder("tiny")).build());
  }

  int port() {
    return server.port();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  /** An answer: its status and its JSON. */
  record Reply(int status, JsonNode body, HttpResponse<String> response) {
    JsonNode at(String pointer) {
      return body.at(pointer);
    }

    String error() {
      return body.at("/error/message").asString();
    }
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).header("Content-Type", "application/json");
  }

  Reply send(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    String text = response.body();
    JsonNode body = text.startsWith("{") ? JSON.readTree(text) : JSON.missingNode();
    return new Reply(response.statusCode(), body, response);
  }

  /** Single quotes stand for double ones. */
  Reply post(String path, String json) throws IOException, InterruptedException {
    return send(request(path).POST(BodyPublishers.ofString(json.replace('\'', '"'))).build());
  }

  Reply get(String path) throws IOException, InterruptedException {
    return send(request(path).GET().build());
  }

  Reply delete(String path) throws IOException, InterruptedException {
    return send(request(path).DELETE().build());
  }

  /** The data of the events of a stream. */
  Stream<String> stream(String path, String json) throws IOException, InterruptedException {
    HttpRequest request =
        request(path).POST(BodyPublishers.ofString(json.replace('\'', '"'))).build();
    return client
        .send(request, BodyHandlers.ofLines())
        .body()
        .filter(line -> line.startsWith("data: "))
        .map(line -> line.substring("data: ".length()));
  }

  /** What follows a prompt if nothing else runs. */
  String alone(String prompt, int tokens) {
    StringBuilder text = new StringBuilder();
    try (ModelContext context = new ModelContext(model)) {
      new Generator(context, tokenizer)
          .generate(
              tokenizer.encode(prompt),
              new Sampler(SamplingOptions.greedy(), 256),
              GenerationOptions.upTo(tokens),
              text::append,
              () -> false);
    }
    return text.toString();
  }

  /** A line of the metrics, such as a counter's value. */
  double metric(String name) throws IOException, InterruptedException {
    String text = client.send(request("/metrics").GET().build(), BodyHandlers.ofString()).body();
    return text.lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .sum();
  }

  @Override
  public void close() {
    client.close();
    server.close();
    model.close();
  }
}
