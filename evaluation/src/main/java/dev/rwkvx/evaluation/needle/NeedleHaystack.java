package dev.rwkvx.evaluation.needle;

import dev.rwkvx.evaluation.needle.Haystack.Fact;
import dev.rwkvx.evaluation.needle.Needles.Frame;
import dev.rwkvx.evaluation.needle.Needles.Value;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A text of nothing but names with values, one of which is asked for.
 *
 * @param value numbers belong to names of words, as in RULER, and UUIDs to UUIDs
 */
record NeedleHaystack(Value value) implements Task {
  private static final int ANSWER_TOKENS = 128;

  /**
   * A text.
   *
   * @param asked the name whose value is asked for
   * @param answered its value
   * @param depth where they stand
   * @param seed of all other names and values
   */
  private record Hidden(Value value, String asked, String answered, double depth, long seed)
      implements Puzzle {
    @Override
    public String prompt(int units) {
      SplittableRandom random = new SplittableRandom(seed);
      String[] others = new String[units];
      for (int i = 0; i < units; i++) {
        others[i] = value.sentence(otherName(random), value.draw(random));
      }
      Haystack haystack = new Haystack(units == 0 ? List.of("") : List.of(others), "\n");
      Frame frame = value.frame(asked);
      Fact needle = new Fact(depth, value.sentence(asked, answered));
      return frame.before() + "\n" + haystack.with(List.of(needle), units) + "\n" + frame.behind();
    }

    private String otherName(SplittableRandom random) {
      String other;
      do {
        other = name(value, random);
      } while (other.equals(asked));
      return other;
    }

    @Override
    public int least() {
      return 0;
    }

    @Override
    public int most() {
      return Integer.MAX_VALUE - 1;
    }

    @Override
    public List<String> expected() {
      return List.of(answered);
    }

    @Override
    public String answer() {
      return " " + answered;
    }

    @Override
    public int answerTokens() {
      return ANSWER_TOKENS;
    }
  }

  private static String name(Value value, SplittableRandom random) {
    return value == Value.UUID ? value.draw(random) : Names.heldOut(random);
  }

  @Override
  public Puzzle draw(SplittableRandom random) {
    return new Hidden(
        value, name(value, random), value.draw(random), random.nextDouble(), random.nextLong());
  }
}
