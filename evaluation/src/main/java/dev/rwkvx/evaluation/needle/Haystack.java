package dev.rwkvx.evaluation.needle;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A text that facts are hidden in, sentence by sentence, from its beginning; over and over where it
 * is too short.
 *
 * @param sentences at least one
 * @param separator what stands between them
 */
public record Haystack(List<String> sentences, String separator) {
  /** More than any prompt has tokens. */
  private static final int MOST_SENTENCES = 1 << 28;

  /**
   * A sentence that is hidden.
   *
   * @param depth 0 for the beginning of the text, 1 for its end
   * @param sentence with its period
   */
  public record Fact(double depth, String sentence) {}

  /** Copies the sentences. */
  public Haystack {
    sentences = List.copyOf(sentences);
  }

  /** {@return sentences without meaning, as in the passkey test, one to a line} */
  public static Haystack noise() {
    return new Haystack(
        List.of(
            "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back"
                + " again."),
        "\n");
  }

  /**
   * {@return the sentences of real texts}
   *
   * @param text of any layout; a sentence ends with a period, question or exclamation mark before
   *     white space
   */
  public static Haystack essay(String text) {
    List<String> sentences =
        List.of(text.strip().replaceAll("\\s+", " ").split("(?<=[.?!][\"')]?) ", -1));
    return new Haystack(sentences, " ");
  }

  /** {@return the most sentences that a text has} */
  public int most() {
    return MOST_SENTENCES;
  }

  /**
   * {@return the first sentences with facts among them; facts of one depth stay in their order}
   *
   * @param facts at any depths
   * @param count how many sentences, 0 or more
   */
  public String with(List<Fact> facts, int count) {
    List<Fact> ordered = new ArrayList<>(facts);
    ordered.sort(Comparator.comparingDouble(Fact::depth));
    List<String> all = new ArrayList<>(count + facts.size());
    int next = 0;
    for (int i = 0; i <= count; i++) {
      while (next < ordered.size() && Math.round(ordered.get(next).depth() * count) <= i) {
        all.add(ordered.get(next++).sentence());
      }
      if (i < count) {
        all.add(sentences.get(i % sentences.size()));
      }
    }
    return String.join(separator, all);
  }
}
