package dev.rwkvx.training.tasks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Sentences out of common words, which say nothing. In one text of three they are few and come over
 * and over, as in the usual pass key evaluation.
 */
public final class NoiseHaystack implements Haystack {
  private static final int LONGEST_PARAGRAPH = 8;
  private static final int LONGEST_REPETITION = 8;

  /** The same words for everybody; what is drawn of them is up to the random numbers. */
  public NoiseHaystack() {}

  @Override
  public String text(SplittableRandom random, int bytes) {
    return random.nextInt(3) == 0 ? repetition(random, bytes) : sentences(random, bytes);
  }

  private static String repetition(SplittableRandom random, int bytes) {
    List<String> few = new ArrayList<>();
    int count = random.nextInt(1, LONGEST_REPETITION + 1);
    while (few.size() < count) {
      few.add(sentence(random));
    }
    String once = String.join(" ", few);
    return String.join(" ", Collections.nCopies(Math.ceilDiv(bytes, once.length() + 1), once));
  }

  private static String sentences(SplittableRandom random, int bytes) {
    StringBuilder text = new StringBuilder();
    int sentences = 0;
    while (text.length() < bytes) {
      boolean ends = sentences > 0 && random.nextInt(LONGEST_PARAGRAPH) == 0;
      text.append(text.isEmpty() ? "" : ends ? "\n\n" : " ").append(sentence(random));
      sentences = ends ? 0 : sentences + 1;
    }
    return text.toString();
  }

  static String sentence(SplittableRandom random) {
    String template = Wording.pick(random, Words.NOISE);
    StringBuilder sentence = new StringBuilder();
    for (int i = 0; i < template.length(); i++) {
      String word =
          switch (template.charAt(i)) {
            case '1' -> Wording.pick(random, Words.ADJECTIVES);
            case '2' -> Wording.pick(random, Words.THINGS);
            case '3' -> Wording.pick(random, Words.PEOPLE);
            case '4' -> Wording.pick(random, Words.PLACES);
            case '5' -> Wording.pick(random, Words.DEEDS);
            default -> String.valueOf(template.charAt(i));
          };
      sentence.append(word);
    }
    return Wording.capitalised(sentence.toString());
  }
}
