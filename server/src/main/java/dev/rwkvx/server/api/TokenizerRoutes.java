package dev.rwkvx.server.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.rwkvx.generate.GenerationOptions;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * {@code /tokenize}, {@code /detokenize} and {@code /tokenizer_info}, as evaluation programs ask
 * for them.
 */
final class TokenizerRoutes implements HttpService {
  private final Service service;

  TokenizerRoutes(Service service) {
    this.service = service;
  }

  /** The ids of a text. */
  record Tokenized(
      int count,
      int maxModelLen,
      int[] tokens,
      @JsonInclude(Include.NON_NULL) @Nullable List<String> tokenStrs) {}

  /** The text of ids. */
  record Detokenized(String prompt) {}

  /** What the tokenizer is. */
  record Info(
      String tokenizerClass,
      String vocabulary,
      int vocabSize,
      int modelMaxLength,
      String bosToken,
      String eosToken,
      String padToken,
      int eosTokenId,
      @Nullable String chatTemplate) {}

  @Override
  public void routing(HttpRules rules) {
    rules.post("/tokenize", this::tokenize).post("/detokenize", this::detokenize);
    Api.read(rules, "/tokenizer_info", this::info);
  }

  private void tokenize(ServerRequest request, ServerResponse response) {
    Replies.send(response, Requests.read(service, request, this::tokenized));
  }

  private Tokenized tokenized(Fields fields) {
    String text = fields.requiredText("prompt");
    boolean names = fields.flag("return_token_strs", false);
    fields.done(Set.of("add_special_tokens"));
    // The name that /tokenizer_info gives to the end of a document comes back as such.
    int[] ids =
        text.equals(Tokens.END_OF_DOCUMENT_NAME)
            ? new int[] {GenerationOptions.END_OF_DOCUMENT}
            : service.tokens().encode(text, "prompt");
    List<String> strings = names ? Arrays.stream(ids).mapToObj(service::name).toList() : null;
    return new Tokenized(ids.length, service.options().maxContext(), ids, strings);
  }

  private void detokenize(ServerRequest request, ServerResponse response) {
    Replies.send(response, Requests.read(service, request, this::detokenized));
  }

  private Detokenized detokenized(Fields fields) {
    JsonNode tokens = fields.node("tokens").orElseThrow(() -> fields.missing("tokens"));
    fields.done(Set.of());
    int[] ids = service.tokens().ids(tokens, "tokens");
    return new Detokenized(service.tokens().tokenizer().decodeToString(ids));
  }

  private void info(ServerRequest request, ServerResponse response) {
    String end = Tokens.END_OF_DOCUMENT_NAME;
    Replies.send(
        response,
        new Info(
            "RwkvTokenizer",
            service.tokens().vocabulary().name(),
            service.tokens().vocabulary().size(),
            service.options().maxContext(),
            end,
            end,
            end,
            GenerationOptions.END_OF_DOCUMENT,
            null));
  }
}
