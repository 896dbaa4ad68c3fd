package dev.rwkvx.server.api;

import dev.rwkvx.generate.GenerationOptions;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.server.ServerOptions;
import dev.rwkvx.server.grammar.TokenOrder;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.server.schedule.Deadline;
import dev.rwkvx.server.schedule.Metrics;
import dev.rwkvx.server.schedule.Scheduler;
import dev.rwkvx.server.schedule.Start;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;

/** What all requests work with. */
record Service(
    RwkvX model,
    Tokens tokens,
    TokenOrder tokenOrder,
    Scheduler scheduler,
    States states,
    Responses responses,
    Metrics metrics,
    ModelFile modelFile,
    Allowance memory,
    Parsers parsers,
    ServerOptions options) {
  private static final SecureRandom RANDOM = new SecureRandom();

  /** A new name for an answer. */
  static String newId(String kind) {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    return kind + "-" + HexFormat.of().formatHex(bytes);
  }

  /** What a token is called in answers. */
  String name(int token) {
    return TokenChance.name(token, tokens.vocabulary());
  }

  /** Seconds since 1970. */
  static long now() {
    return Instant.now().getEpochSecond();
  }

  /** Where a prompt begins. */
  Start start(Optional<String> state) {
    return state.isPresent()
        ? parsers.call(Long.MAX_VALUE, () -> states.start(state.get()))
        : new Start("", () -> model.newState(options.cache()), () -> {});
  }

  /**
   * Memory of the keys and values of a prompt and its texts.
   *
   * @throws ApiException when it is more than there may be
   */
  long cacheBytes(Prompt prompt, int texts, int mostTokens) {
    if (options.cache().policy() instanceof CacheOptions.Spill) {
      return 0;
    }
    Config config = model.config();
    long all = prompt.tokens().length + (long) mostTokens;
    long bytes = Math.max(1, texts) * options.cache().bytes(config, all);
    if (options.cache().policy() instanceof CacheOptions.Exact) {
      // Texts share the prompt.
      long written = options.cache().bytes(config, (long) texts * mostTokens);
      bytes = options.cache().bytes(config, prompt.tokens().length) + written;
    }
    if (bytes > options.cacheMemory()) {
      throw ApiException.refused(
          413,
          "request_too_large",
          "Keys and values of the prompt and its texts may take %d MiB; at most %d MiB"
              .formatted(bytes >> 20, options.cacheMemory() >> 20));
    }
    return bytes;
  }

  /** Memory of the recurrent part of a state, and of the logits after it. */
  long recurrentBytes() {
    Config config = model.config();
    long c = config.embedding();
    long floats =
        config.rwkvBlocks() * (2 * c + c * config.headSize())
            + config.sparseBlocks() * c
            + config.vocabulary();
    return floats * Float.BYTES;
  }

  /** Refuses any other model than the one there is. */
  void checkModel(Fields fields) {
    Optional<String> name = fields.text("model");
    if (name.isPresent() && !name.get().equals(options.modelName())) {
      throw ApiException.notFound(
          "model",
          "model_not_found",
          "There is no model '%s' here; this server has '%s'"
              .formatted(name.get(), options.modelName()));
    }
  }

  /** When a request that comes now has to be done. */
  Deadline deadline() {
    return Deadline.in(options.time());
  }

  /** The same options with as many tokens as the context has room for behind a prompt. */
  GenerationOptions fit(GenerationOptions generation, int prompt, boolean asked) {
    long room = (long) options.maxContext() - prompt;
    if (room < 1 || asked && generation.maxTokens() > room) {
      throw ApiException.badRequest(
          null,
          "context_length_exceeded",
          "The prompt has %d tokens and the answer may have %d; together at most %d"
              .formatted(prompt, generation.maxTokens(), options.maxContext()));
    }
    return new GenerationOptions(
        (int) Math.min(room, generation.maxTokens()),
        generation.stopStrings(),
        generation.stopTokens());
  }
}
