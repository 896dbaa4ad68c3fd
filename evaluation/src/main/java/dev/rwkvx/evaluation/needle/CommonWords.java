package dev.rwkvx.evaluation.needle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * A numbered list in which ten words come ten times as often as all others; asked for are these. An
 * example with its answer comes first.
 */
record CommonWords() implements Task {
  private static final int COMMON = 10;
  private static final int ANSWER_TOKENS = 120;

  /** How often common and other words come, in a list and in one too short for that. */
  private static final Counts USUAL = new Counts(30, 3);

  private static final Counts SHORT = new Counts(10, 1);
  private static final Counts EXAMPLE = new Counts(4, 1);
  private static final int EXAMPLE_ENTRIES = COMMON * EXAMPLE.common + 10;

  private record Counts(int common, int other) {
    /** Entries of a list with ten other words. */
    int least() {
      return COMMON * (common + other);
    }
  }

  /** Words, the common ones first, and the seed of their order. */
  private record Words(List<String> words, long seed) {
    List<String> common() {
      return words.subList(0, COMMON);
    }

    String answer() {
      StringBuilder answer = new StringBuilder();
      for (int i = 0; i < COMMON; i++) {
        answer.append(' ').append(i + 1).append(". ").append(words.get(i));
      }
      return answer.toString();
    }

    String prompt(int entries, Counts counts) {
      int others = Math.max(0, entries - COMMON * counts.common) / counts.other;
      List<String> list = new ArrayList<>();
      for (int i = 0; i < COMMON + Math.min(others, words.size() - COMMON); i++) {
        int count = i < COMMON ? counts.common : counts.other;
        list.addAll(Collections.nCopies(count, words.get(i)));
      }
      Collections.shuffle(list, new Random(seed));
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < list.size(); i++) {
        text.append(i == 0 ? "" : " ").append(i + 1).append(". ").append(list.get(i));
      }
      return "Below is a numbered list of words. In these words, some appear more often than"
          + " others. Memorize the ones that appear most often.\n"
          + text
          + "\nQuestion: What are the 10 most common words in the above list? Answer: The top 10"
          + " words that appear most often in the list are:";
    }
  }

  private record Common(Words example, Words words) implements Puzzle {
    @Override
    public String prompt(int units) {
      return example.prompt(EXAMPLE_ENTRIES, EXAMPLE)
          + example.answer()
          + "\n\n"
          + words.prompt(units, units < USUAL.least() ? SHORT : USUAL);
    }

    @Override
    public int least() {
      return SHORT.least();
    }

    @Override
    public int most() {
      return COMMON * USUAL.common + (words.words.size() - COMMON) * USUAL.other;
    }

    @Override
    public List<String> expected() {
      return words.common();
    }

    @Override
    public String answer() {
      return words.answer();
    }

    @Override
    public int answerTokens() {
      return ANSWER_TOKENS;
    }
  }

  @Override
  public Puzzle draw(SplittableRandom random) {
    List<String> all = Names.draw(Names.count(), random);
    int inExample = COMMON + 10;
    return new Common(
        new Words(all.subList(0, inExample), random.nextLong()),
        new Words(all.subList(inExample, all.size()), random.nextLong()));
  }
}
