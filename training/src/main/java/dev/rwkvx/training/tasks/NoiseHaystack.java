package dev.rwkvx.training.tasks;

import java.util.SplittableRandom;

/** Sentences out of common words, which say nothing. */
public final class NoiseHaystack implements Haystack {
  private static final int LONGEST_PARAGRAPH = 8;

  /** The same words for everybody; what is drawn of them is up to the random numbers. */
  public NoiseHaystack() {}

  @Override
  public String text(SplittableRandom random, int bytes) {
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
