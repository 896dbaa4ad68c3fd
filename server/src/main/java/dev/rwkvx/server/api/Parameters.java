package dev.rwkvx.server.api;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.GenerationOptions;
import dev.rwkvx.generate.SamplingOptions;
import dev.rwkvx.server.ServerOptions;
import dev.rwkvx.server.grammar.JsonConstraints;
import dev.rwkvx.server.grammar.SchemaException;
import dev.rwkvx.server.http.ApiException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;

/**
 * What chats and plain completions ask for alike.
 *
 * @param choices texts per prompt
 * @param sampling with the seed of the first choice
 * @param generation when a text ends
 * @param logprobs chances of tokens to tell, and so many alternatives; empty for none
 * @param stopTokenChances whether to tell that of a stop token too
 * @param json the form that a text has to have
 * @param stream pieces as they come
 * @param usage tells the numbers of tokens at the end of a stream
 * @param state name of a saved state to begin with
 */
record Parameters(
    int choices,
    SamplingOptions sampling,
    GenerationOptions generation,
    OptionalInt logprobs,
    boolean stopTokenChances,
    Optional<JsonConstraints> json,
    boolean stream,
    boolean usage,
    Optional<String> state) {
  static final int MOST_ALTERNATIVES = 20;
  static final int MOST_CHOICES = 128;
  private static final int MOST_STOPS = 16;

  /** Fields of OpenAI's interface that change no answer here. */
  static final Set<String> IGNORED =
      Set.of(
          "user",
          "metadata",
          "store",
          "service_tier",
          "safety_identifier",
          "prompt_cache_key",
          "prompt_cache_retention",
          "verbosity");

  /** The sampling of one of the texts of a prompt, from 0. */
  SamplingOptions sampling(int choice) {
    return sampling.withSeed(sampling.seed() + choice);
  }

  Parameters withGeneration(GenerationOptions other) {
    return new Parameters(
        choices, sampling, other, logprobs, stopTokenChances, json, stream, usage, state);
  }

  Parameters withJson(JsonConstraints other) {
    return new Parameters(
        choices,
        sampling,
        generation,
        logprobs,
        stopTokenChances,
        Optional.of(other),
        stream,
        usage,
        state);
  }

  /**
   * Reads the fields that both have.
   *
   * @param logprobs as the kind of request has them
   * @param maxTokens if the request does not say
   */
  static Parameters read(
      Fields fields,
      ServerOptions server,
      OptionalInt logprobs,
      boolean stopTokenChances,
      int maxTokens) {
    int choices = fields.integer("n", 1, MOST_CHOICES).orElse(1);
    boolean stream = fields.flag("stream", false);
    boolean usage = false;
    Optional<Fields> streamOptions = fields.object("stream_options");
    if (streamOptions.isPresent()) {
      usage = streamOptions.get().flag("include_usage", false);
      streamOptions.get().done(Set.of("include_obfuscation", "continuous_usage_stats"));
    }
    return new Parameters(
        choices,
        sampling(fields, server.sampling()),
        generation(fields, maxTokens),
        logprobs,
        stopTokenChances,
        json(fields),
        stream,
        usage,
        fields.text("state"));
  }

  private static SamplingOptions sampling(Fields fields, SamplingOptions usual) {
    try {
      return new SamplingOptions(
          fields.number("temperature").orElse(usual.temperature()),
          fields.integer("top_k", 0, Integer.MAX_VALUE).orElse(usual.topK()),
          fields.number("top_p").orElse(usual.topP()),
          fields.number("min_p").orElse(usual.minP()),
          fields.number("presence_penalty").orElse(usual.presencePenalty()),
          fields.number("frequency_penalty").orElse(usual.frequencyPenalty()),
          fields.number("penalty_decay").orElse(usual.penaltyDecay()),
          logitBias(fields, usual),
          usual.bannedTokens(),
          fields.wholeNumber("seed").orElseGet(() -> RandomGenerator.getDefault().nextLong()));
    } catch (InputException e) {
      throw ApiException.badRequest(null, String.valueOf(e.getMessage()));
    }
  }

  private static Map<Integer, Float> logitBias(Fields fields, SamplingOptions usual) {
    Map<Integer, Float> biases = new HashMap<>(usual.logitBias());
    Optional<JsonNode> given = fields.node("logit_bias");
    if (given.isPresent()) {
      if (!given.get().isObject()) {
        throw Fields.wrong("logit_bias", "an object of token ids and numbers", given.get());
      }
      for (Map.Entry<String, JsonNode> entry : given.get().properties()) {
        String path = "logit_bias." + entry.getKey();
        biases.put(id(entry.getKey()), (float) Fields.number(entry.getValue(), path));
      }
    }
    return biases;
  }

  private static int id(String name) {
    try {
      return Integer.parseInt(name);
    } catch (NumberFormatException e) {
      throw ApiException.badRequest(
          "logit_bias", "'logit_bias' has the name '%s'; expected a token id".formatted(name));
    }
  }

  private static GenerationOptions generation(Fields fields, int maxTokens) {
    List<String> stops = fields.texts("stop");
    if (stops.size() > MOST_STOPS) {
      throw ApiException.badRequest(
          "stop", "'stop' has %d strings; at most %d".formatted(stops.size(), MOST_STOPS));
    }
    try {
      return new GenerationOptions(maxTokens, stops, Set.of(GenerationOptions.END_OF_DOCUMENT));
    } catch (InputException e) {
      throw ApiException.badRequest("stop", String.valueOf(e.getMessage()));
    }
  }

  private static Optional<JsonConstraints> json(Fields fields) {
    Optional<Fields> format = fields.object("response_format");
    if (format.isEmpty()) {
      return Optional.empty();
    }
    String type = format.get().requiredText("type");
    Optional<JsonConstraints> json =
        switch (type) {
          case "text" -> Optional.empty();
          case "json_object" -> Optional.of(JsonConstraints.object());
          case "json_schema" -> Optional.of(schema(format.get()));
          default ->
              throw ApiException.badRequest(
                  "response_format.type",
                  "'response_format.type' must be text, json_object or json_schema");
        };
    format.get().done(Set.of());
    return json;
  }

  private static JsonConstraints schema(Fields format) {
    Fields outer = format.object("json_schema").orElseThrow(() -> format.missing("json_schema"));
    JsonNode schema = outer.node("schema").orElseThrow(() -> outer.missing("schema"));
    outer.done(Set.of("name", "description", "strict"));
    try {
      return JsonConstraints.schema(schema);
    } catch (SchemaException e) {
      throw ApiException.badRequest(
          "response_format.json_schema.schema",
          "unsupported_schema",
          "In 'response_format', " + e.getMessage());
    }
  }
}
