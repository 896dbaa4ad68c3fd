package dev.rwkvx.evaluation.needle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Words without meaning, whose counts fall with the square of their rank; asked for are the three
 * most frequent. The very first rank goes to dots, which do not count.
 */
record FrequentWords() implements Task {
  private static final int LENGTH = 6;

  /** Ranks; words behind these would come once in five million. */
  private static final int WORDS = 2000;

  private static final int ASKED = 3;
  private static final int ANSWER_TOKENS = 50;

  /** Σ 1/k² over all k. */
  private static final double SUM = Math.PI * Math.PI / 6;

  /** With fewer words the last that is asked for comes hardly oftener than the next. */
  private static final int LEAST = 60;

  private record Frequent(List<String> words, long seed) implements Puzzle {
    @Override
    public String prompt(int units) {
      List<String> text = new ArrayList<>();
      for (int rank = 1; rank <= words.size(); rank++) {
        int count = (int) (units / ((double) rank * rank * SUM));
        text.addAll(Collections.nCopies(count, words.get(rank - 1)));
      }
      Collections.shuffle(text, new Random(seed));
      return "Read the following coded text and track the frequency of each coded word. Find the"
          + " three most frequently appeared coded words. "
          + String.join(" ", text)
          + "\nQuestion: Do not provide any explanation. Please ignore the dots '....'. What are"
          + " the three most frequently appeared words in the above coded text? Answer: According"
          + " to the coded text above, the three most frequently appeared words are:";
    }

    @Override
    public int least() {
      return LEAST;
    }

    @Override
    public int most() {
      return 1 << 28;
    }

    @Override
    public List<String> expected() {
      return words.subList(1, 1 + ASKED);
    }

    @Override
    public String answer() {
      return " " + String.join(", ", expected());
    }

    @Override
    public int answerTokens() {
      return ANSWER_TOKENS;
    }
  }

  @Override
  public Puzzle draw(SplittableRandom random) {
    Set<String> words = new LinkedHashSet<>();
    words.add("....");
    while (words.size() < WORDS) {
      words.add(
          random
              .ints(LENGTH, 'a', 'z' + 1)
              .mapToObj(Character::toString)
              .collect(Collectors.joining()));
    }
    return new Frequent(List.copyOf(words), random.nextLong());
  }
}
