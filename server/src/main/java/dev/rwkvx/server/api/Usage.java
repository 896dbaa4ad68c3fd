package dev.rwkvx.server.api;

/** What a request has taken, in OpenAI's words. */
record Usage(
    int promptTokens, int completionTokens, int totalTokens, PromptDetails promptTokensDetails) {
  /**
   * Of the tokens of the prompt.
   *
   * @param cachedTokens those that the server knew already
   */
  record PromptDetails(int cachedTokens) {}

  /**
   * What OpenAI has no words for.
   *
   * @param contextTokens that the longest of the texts has behind it at its end
   * @param cacheBytes of its keys and values
   * @param promptTokensPerSecond of the tokens that had to be read
   * @param tokensPerSecond of the fastest of the texts
   */
  record Figures(
      long contextTokens, long cacheBytes, double promptTokensPerSecond, double tokensPerSecond) {}
}
