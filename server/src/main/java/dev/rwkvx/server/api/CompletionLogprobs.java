package dev.rwkvx.server.api;

import dev.rwkvx.tokenizer.StreamingDecoder;
import java.util.AbstractList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Chances of tokens as completions tell them, in lists of equal length. The lists are views: what
 * they tell of a token is made when it is written, because prompts may be long.
 */
record CompletionLogprobs(
    List<String> tokens,
    List<@Nullable Double> tokenLogprobs,
    List<@Nullable Map<String, Double>> topLogprobs,
    List<Integer> textOffset) {
  /**
   * A token of a text.
   *
   * @param chance null for the first of a prompt, before which there is nothing
   * @param offset characters before it
   */
  record Entry(int id, @Nullable TokenChance chance, int offset) {}

  static CompletionLogprobs of(List<Entry> entries, IntFunction<String> names) {
    return new CompletionLogprobs(
        view(entries, entry -> names.apply(entry.id)),
        view(entries, entry -> entry.chance == null ? null : entry.chance.logprob()),
        view(entries, entry -> entry.chance == null ? null : top(entry.chance, names)),
        view(entries, Entry::offset));
  }

  private static Map<String, Double> top(TokenChance chance, IntFunction<String> names) {
    Map<String, Double> top = new LinkedHashMap<>();
    for (TokenChance.Alternative one : chance.top()) {
      top.put(names.apply(one.id()), one.logprob());
    }
    // The token itself is always among them.
    top.putIfAbsent(names.apply(chance.id()), chance.logprob());
    return top;
  }

  private static <T extends @Nullable Object> List<T> view(
      List<Entry> entries, Function<Entry, T> part) {
    return list(entries.size(), i -> part.apply(entries.get(i)));
  }

  private static <T extends @Nullable Object> List<T> list(int size, IntFunction<T> elements) {
    return new AbstractList<>() {
      @Override
      public T get(int index) {
        return elements.apply(index);
      }

      @Override
      public int size() {
        return size;
      }
    };
  }

  /** The entries of a prompt's own tokens. */
  static List<Entry> ofPrompt(int[] tokens, Scores scores, StreamingDecoder decoder) {
    int[] offsets = new int[tokens.length];
    for (int i = 1; i < tokens.length; i++) {
      offsets[i] = offsets[i - 1] + decoder.append(tokens[i - 1]).length();
    }
    return list(
        tokens.length, i -> new Entry(tokens[i], i == 0 ? null : scores.get(i), offsets[i]));
  }

  /** The entries of one list and then those of another. */
  static List<Entry> joined(List<Entry> first, List<Entry> second) {
    return first.isEmpty()
        ? second
        : list(
            first.size() + second.size(),
            i -> i < first.size() ? first.get(i) : second.get(i - first.size()));
  }
}
