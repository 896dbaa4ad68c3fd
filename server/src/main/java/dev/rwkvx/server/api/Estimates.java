package dev.rwkvx.server.api;

import java.util.List;

/** What requests take of the heap, in bytes and rather too much, before anything is made. */
final class Estimates {
  // Of a tree of JSON, with the collections behind its nodes.
  private static final long OBJECT = 120;
  private static final long ARRAY = 80;
  private static final long ELEMENT = 40;
  private static final long NAME = 100;

  /** Copies of its ids, its text, and where both are remembered. */
  private static final long PROMPT_TOKEN = 32;

  /** A token that is written: its text in pieces, and its place in the answer. */
  private static final long WRITTEN_TOKEN = 128;

  /** A token with its chance: kept in arrays, then twice as JSON. */
  private static final long CHANCE = 100;

  /** Per id of the vocabulary: logits, chances, counts and order of a text that is written. */
  private static final long WRITER = 40;

  /** What a constraint remembers of the ways to read a text. */
  private static final long CONSTRAINT = 16 << 20;

  private Estimates() {}

  /**
   * The tree of a JSON text.
   *
   * @param json in UTF-8; brackets, commas and colons within strings count too
   */
  static long tree(byte[] json) {
    long bytes = 2L * json.length;
    for (byte character : json) {
      bytes +=
          switch (character) {
            case '{' -> OBJECT + ELEMENT;
            case '[' -> ARRAY + ELEMENT;
            case ',' -> ELEMENT;
            case ':' -> NAME;
            default -> 0;
          };
    }
    return bytes;
  }

  /** Prompts that are read. */
  static long prompts(List<Prompt> prompts) {
    return tokens(prompts) * PROMPT_TOKEN;
  }

  /**
   * Texts that are written.
   *
   * @param texts of all prompts together
   * @param atOnce texts that the server writes at most at once
   */
  static long texts(Service service, Parameters parameters, long texts, int atOnce) {
    long token = WRITTEN_TOKEN + chances(parameters);
    long writer =
        WRITER * service.tokens().texts().size()
            + service.recurrentBytes()
            + (parameters.json().isPresent() ? CONSTRAINT : 0);
    return texts * parameters.generation().maxTokens() * token + Math.min(texts, atOnce) * writer;
  }

  /** Chances of the prompts' own tokens. */
  static long scores(List<Prompt> prompts, Parameters parameters) {
    return tokens(prompts) * chances(parameters);
  }

  /** The chances of one token. */
  private static long chances(Parameters parameters) {
    return parameters.logprobs().isPresent() ? CHANCE * (2 + parameters.logprobs().getAsInt()) : 0;
  }

  private static long tokens(List<Prompt> prompts) {
    return prompts.stream().mapToLong(prompt -> prompt.tokens().length).sum();
  }
}
