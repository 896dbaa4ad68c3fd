package dev.rwkvx.generate;

import dev.rwkvx.InputException;
import java.util.List;
import java.util.Set;

/**
 * When a generation ends.
 *
 * @param maxTokens the most tokens to generate, at least 1
 * @param stopStrings end the text, and are no part of it
 * @param stopTokens end the text when they are drawn; 0 ends a document
 */
public record GenerationOptions(int maxTokens, List<String> stopStrings, Set<Integer> stopTokens) {
  /** The token that ends a document. */
  public static final int END_OF_DOCUMENT = 0;

  /**
   * Checks the options.
   *
   * @throws InputException when the number of tokens is below 1 or a stop string is empty
   */
  public GenerationOptions {
    if (maxTokens < 1) {
      throw new InputException("max tokens must be at least 1, found " + maxTokens);
    }
    stopStrings = List.copyOf(stopStrings);
    stopTokens = Set.copyOf(stopTokens);
    new StopSequences(stopStrings);
  }

  /**
   * {@return up to {@code maxTokens} tokens, or to the end of the document}
   *
   * @param maxTokens at least 1
   */
  public static GenerationOptions upTo(int maxTokens) {
    return new GenerationOptions(maxTokens, List.of(), Set.of(END_OF_DOCUMENT));
  }

  /**
   * {@return these options with other strings at which the text ends; they are no part of it}
   *
   * @param strings none of them empty
   */
  public GenerationOptions withStopStrings(List<String> strings) {
    return new GenerationOptions(maxTokens, strings, stopTokens);
  }

  /**
   * {@return these options with other tokens at which the text ends; they are no part of it}
   *
   * @param tokens ids of the vocabulary; 0 usually ends a document
   */
  public GenerationOptions withStopTokens(Set<Integer> tokens) {
    return new GenerationOptions(maxTokens, stopStrings, tokens);
  }
}
