package dev.rwkvx.server.api;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The chances of a prompt's own tokens, in arrays: there may be many. */
final class Scores {
  private final int[] prompt;
  private final int alternatives;
  private final int vocabulary;

  // Made when the first are heard of. By token of the prompt:
  private double[] chances = new double[0];
  private int[] ids = new int[0];
  private double[] others = new double[0];

  Scores(int[] prompt, int alternatives, int vocabulary) {
    this.prompt = prompt;
    this.alternatives = Math.min(alternatives, vocabulary);
    this.vocabulary = vocabulary;
  }

  /** Hears the logits after consecutive tokens. */
  void accept(int first, int count, float[] logits) {
    if (chances.length == 0) {
      chances = new double[prompt.length];
      ids = new int[Math.multiplyExact(prompt.length, alternatives)];
      others = new double[ids.length];
    }
    // The logits after the last token are about the answer.
    int rows = Math.min(count, prompt.length - 1 - first);
    IntStream.range(0, rows)
        .parallel()
        .forEach(row -> {
          int next = first + row + 1;
          put(
              next,
              TokenChance.of(logits, row * vocabulary, vocabulary, prompt[next], alternatives));
        });
  }

  private void put(int token, TokenChance chance) {
    chances[token] = chance.logprob();
    int at = token * alternatives;
    for (TokenChance.Alternative other : chance.top()) {
      ids[at] = other.id();
      others[at++] = other.logprob();
    }
  }

  /** Tokens of the prompt. */
  int size() {
    return prompt.length;
  }

  /** A token but the first, before which there is nothing; once the prompt was read. */
  TokenChance get(int token) {
    List<TokenChance.Alternative> top = new ArrayList<>(alternatives);
    for (int i = token * alternatives; i < (token + 1) * alternatives; i++) {
      top.add(new TokenChance.Alternative(ids[i], others[i]));
    }
    return new TokenChance(prompt[token], chances[token], top);
  }
}
