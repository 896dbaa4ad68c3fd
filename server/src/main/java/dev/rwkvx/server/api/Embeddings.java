package dev.rwkvx.server.api;

import dev.rwkvx.generate.MeanVector;
import dev.rwkvx.model.RwkvX.HiddenSink;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.server.schedule.Reading;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * {@code POST /v1/embeddings}: the hidden states of a text, the normalised outputs of the last
 * block, as one vector of length 1: their mean, or that of the last token.
 */
final class Embeddings implements Handler {
  /** Bytes of a number of a vector, while it is summed and as JSON. */
  private static final long VALUE = 64;

  private final Service service;

  Embeddings(Service service) {
    this.service = service;
  }

  /** The vectors of all inputs. */
  record Body(String object, List<Item> data, String model, EmbeddingUsage usage) {}

  /** A vector: numbers, or their bytes in base64. */
  record Item(String object, int index, Object embedding) {}

  /** Nothing is written. */
  record EmbeddingUsage(int promptTokens, int totalTokens) {}

  /** The hidden states of a text that count: all, or that of the last token. */
  private record Pool(boolean mean, int tokens, int size, MeanVector vector) implements HiddenSink {
    @Override
    public void accept(int first, int count, float[] hidden) {
      if (mean) {
        vector.accept(first, count, hidden);
      } else if (first + count == tokens) {
        int last = (count - 1) * size;
        vector.accept(tokens - 1, 1, Arrays.copyOfRange(hidden, last, last + size));
      }
    }
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    Asked asked = Requests.read(service, request, this::read);
    List<Prompt> prompts = asked.prompts;
    int size = service.model().config().embedding();
    List<Pool> pools =
        prompts.stream()
            .map(prompt -> new Pool(asked.mean, prompt.tokens().length, size, new MeanVector(size)))
            .toList();
    long bytes = Estimates.prompts(prompts) + VALUE * size * prompts.size();
    Answering.Work work = Answering.Work.reading(prompts, Optional.empty(), bytes);
    Answering.Reader reader = i -> new Reading.Hidden(pools.get(i));
    Answering.read(service, work, reader);
    List<Item> items = new ArrayList<>();
    for (Pool pool : pools) {
      float[] vector = pool.vector().direction();
      items.add(new Item("embedding", items.size(), asked.base64 ? base64(vector) : vector));
    }
    int tokens = prompts.stream().mapToInt(prompt -> prompt.tokens().length).sum();
    Replies.send(
        response,
        new Body("list", items, service.options().modelName(), new EmbeddingUsage(tokens, tokens)));
  }

  /** What a request asks for. */
  private record Asked(List<Prompt> prompts, boolean mean, boolean base64) {}

  private Asked read(Fields fields) {
    int size = service.model().config().embedding();
    List<Prompt> prompts = prompts(fields);
    boolean mean = oneOf(fields, "pooling", "mean", "last").equals("mean");
    boolean base64 = oneOf(fields, "encoding_format", "float", "base64").equals("base64");
    fields.integer("dimensions", size, size);
    fields.done(Parameters.IGNORED);
    return new Asked(prompts, mean, base64);
  }

  /** A text, ids, or several of either; none may be empty. */
  private List<Prompt> prompts(Fields fields) {
    JsonNode input = fields.node("input").orElseThrow(() -> fields.missing("input"));
    List<Prompt> prompts = service.tokens().prompts(input, "input");
    for (Prompt prompt : prompts) {
      if (prompt.tokens().length > service.options().maxContext()) {
        throw ApiException.badRequest(
            "input",
            "context_length_exceeded",
            "An input has %d tokens; at most %d"
                .formatted(prompt.tokens().length, service.options().maxContext()));
      }
    }
    return prompts;
  }

  private static String oneOf(Fields fields, String name, String usual, String other) {
    String value = fields.text(name).orElse(usual);
    if (!value.equals(usual) && !value.equals(other)) {
      throw ApiException.badRequest(name, "'%s' must be %s or %s".formatted(name, usual, other));
    }
    return value;
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
