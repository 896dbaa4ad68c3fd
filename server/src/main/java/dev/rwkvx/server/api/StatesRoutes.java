package dev.rwkvx.server.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.rwkvx.generate.ChatFormat;
import dev.rwkvx.model.State;
import dev.rwkvx.server.api.Responses.Response;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.server.schedule.Reading;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** {@code /v1/states}: what was read is saved under a name, and other requests begin there. */
final class StatesRoutes implements HttpService {
  private final Service service;

  StatesRoutes(Service service) {
    this.service = service;
  }

  /** A saved state. */
  record Body(
      String id,
      String object,
      long created,
      long bytes,
      @JsonInclude(Include.NON_NULL) @Nullable Long tokens,
      boolean usable,
      @JsonInclude(Include.NON_NULL) @Nullable String problem) {
    static Body of(States.Info info) {
      boolean usable = info.problem().isEmpty();
      return new Body(
          info.name(),
          "state",
          info.created(),
          info.bytes(),
          usable ? info.tokens() : null,
          usable,
          info.problem().orElse(null));
    }
  }

  /** All saved states. */
  record Listing(String object, List<Body> data) {}

  /** That a state is gone. */
  record Deleted(String id, String object, boolean deleted) {}

  @Override
  public void routing(HttpRules rules) {
    Api.read(rules, "/", this::list);
    Api.read(rules, "/{name}", this::find);
    rules.post("/", this::save).delete("/{name}", this::delete);
  }

  private void list(ServerRequest request, ServerResponse response) {
    List<Body> data = service.states().list().stream().map(Body::of).toList();
    Replies.send(response, new Listing("list", data));
  }

  private void find(ServerRequest request, ServerResponse response) {
    Replies.send(response, Body.of(service.states().find(name(request))));
  }

  private void delete(ServerRequest request, ServerResponse response) {
    String name = name(request);
    service.states().delete(name);
    Replies.send(response, new Deleted(name, "state", true));
  }

  private static String name(ServerRequest request) {
    return request.path().pathParameters().get("name");
  }

  /** Reads what the state is to remember and saves it. */
  private void save(ServerRequest request, ServerResponse response) {
    Named named = Requests.read(service, request, this::read);
    String name = named.name;
    Response source = named.source;
    List<Prompt> prompts = List.of(new Prompt(source.tokens()));
    Answering.Work work =
        Answering.Work.reading(prompts, source.state(), Estimates.prompts(prompts));
    try (Keeper keeper = new Keeper()) {
      Answering.read(service, work, keeper);
      Body saved =
          service
              .parsers()
              .call(
                  Long.MAX_VALUE,
                  () -> {
                    service.states().save(name, keeper.state());
                    return Body.of(service.states().find(name));
                  });
      Replies.send(response, 201, saved);
    }
  }

  /** What is to be saved under which name. */
  private record Named(String name, Response source) {}

  private Named read(Fields fields) {
    Named named =
        new Named(States.checkedName(fields.requiredText("name"), "name"), source(fields));
    fields.done(Set.of());
    return named;
  }

  /** Reads a prompt and keeps the state behind it, until it is closed. */
  private static final class Keeper implements Answering.Reader, AutoCloseable {
    private @Nullable State state;
    private boolean closed;

    @Override
    public Reading reading(int prompt) {
      return new Reading.Plain();
    }

    @Override
    public synchronized void onRead(int prompt, State read) {
      // Who waits may have gone while the last piece was read.
      state = closed ? null : read.fork();
    }

    synchronized State state() {
      return Objects.requireNonNull(state, "the prompt was not read");
    }

    @Override
    public synchronized void close() {
      closed = true;
      if (state != null) {
        state.close();
      }
    }
  }

  /** The tokens to remember: of a text, of turns, or of an answer and all before it. */
  private Response source(Fields fields) {
    Optional<JsonNode> prompt = fields.node("prompt");
    Optional<JsonNode> messages = fields.node("messages");
    Optional<String> response = fields.text("response");
    Optional<String> state = fields.text("state");
    long sources = Stream.of(prompt, messages, response).filter(Optional::isPresent).count();
    if (sources != 1) {
      throw ApiException.badRequest(
          null, "Exactly one of 'prompt', 'messages' and 'response' tells what to save");
    }
    if (response.isPresent()) {
      Response known = service.responses().find(response.get());
      if (known == null || state.isPresent()) {
        throw ApiException.notFound(
            "response",
            "response_not_found",
            "The answer '%s' is not among the latest ones".formatted(response.get()));
      }
      return known;
    }
    int[] tokens =
        prompt.isPresent()
            ? service.tokens().prompt(prompt.get(), "prompt")
            : Messages.turns(fields).stream()
                .flatMapToInt(
                    turn -> IntStream.of(ChatFormat.turn(turn, service.tokens().tokenizer())))
                .toArray();
    if (tokens.length > service.options().maxContext()) {
      throw ApiException.badRequest(
          null,
          "context_length_exceeded",
          "%d tokens are to be read; at most %d"
              .formatted(tokens.length, service.options().maxContext()));
    }
    return new Response(state, tokens);
  }
}
