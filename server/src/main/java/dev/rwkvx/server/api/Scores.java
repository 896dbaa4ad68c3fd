package dev.rwkvx.server.api;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The chances of a prompt's own tokens. */
final class Scores {
  private final int[] prompt;
  private final int alternatives;
  private final int vocabulary;
  private final @Nullable TokenChance[] chances;

  Scores(int[] prompt, int alternatives, int vocabulary) {
    this.prompt = prompt;
    this.alternatives = alternatives;
    this.vocabulary = vocabulary;
    chances = new @Nullable TokenChance[prompt.length];
  }

  /** Hears the logits after consecutive tokens. */
  void accept(int first, int count, float[] logits) {
    // The logits after the last token are about the answer.
    int rows = Math.min(count, prompt.length - 1 - first);
    IntStream.range(0, rows)
        .parallel()
        .forEach(row -> {
          int next = first + row + 1;
          chances[next] =
              TokenChance.of(logits, row * vocabulary, vocabulary, prompt[next], alternatives);
        });
  }

  /** For all tokens but the first, before which there is nothing; once the prompt was read. */
  List<TokenChance> afterTheFirst() {
    return Arrays.stream(chances).skip(1).map(Objects::requireNonNull).toList();
  }
}
