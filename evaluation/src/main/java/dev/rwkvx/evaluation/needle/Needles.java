package dev.rwkvx.evaluation.needle;

import dev.rwkvx.evaluation.needle.Haystack.Fact;
import dev.rwkvx.training.tasks.Split;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Names with numbers hidden at random depths of a text; some are asked for.
 *
 * @param haystack the text
 * @param value what the names have
 * @param keys names in the text
 * @param values of each name that is asked for; the others have one
 * @param queries names that are asked for, at most {@code keys}
 */
record Needles(Haystack haystack, Value value, int keys, int values, int queries) implements Task {
  private static final int ANSWER_TOKENS = 128;

  /** What a name has. */
  enum Value {
    /** Seven digits. */
    NUMBER("number") {
      @Override
      String draw(SplittableRandom random) {
        int number;
        do {
          number = random.nextInt(1_000_000, 10_000_000);
        } while (Split.of(number) == Split.TRAINING);
        return String.valueOf(number);
      }
    },
    /** 32 hexadecimal digits in five groups. */
    UUID("uuid") {
      @Override
      String draw(SplittableRandom random) {
        String digits = "%016x%016x".formatted(random.nextLong(), random.nextLong());
        return digits.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5");
      }
    };

    private final String word;

    Value(String word) {
      this.word = word;
    }

    abstract String draw(SplittableRandom random);

    /** Tells the value of a name. */
    String sentence(String name, String value) {
      return "One of the special magic %ss for %s is: %s.".formatted(word, name, value);
    }

    /** What stands before and behind a text in which one value of one name is asked for. */
    Frame frame(String name) {
      return new Frame(
          "A special magic %s is hidden within the following text. Make sure to memorize it. I"
                  .formatted(word)
              + " will quiz you about the %s afterwards.".formatted(word),
          "What is the special magic %s for %s mentioned in the provided text?"
                  .formatted(word, name)
              + " The special magic %s for %s mentioned in the provided text is"
                  .formatted(word, name));
    }
  }

  @Override
  public Puzzle draw(SplittableRandom random) {
    List<String> names = Names.drawHeldOut(keys, random);
    Set<String> drawn = new LinkedHashSet<>();
    List<Fact> facts = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int key = 0; key < keys; key++) {
      boolean asked = key < queries;
      for (int i = 0; i < (asked ? values : 1); i++) {
        String number = value.draw(random);
        while (!drawn.add(number)) {
          number = value.draw(random);
        }
        facts.add(new Fact(random.nextDouble(), value.sentence(names.get(key), number)));
        if (asked) {
          expected.add(number);
        }
      }
    }
    return new Hidden(haystack, frame(enumerated(names.subList(0, queries))), facts, expected);
  }

  private static String enumerated(List<String> names) {
    if (names.size() == 1) {
      return names.getFirst();
    }
    return String.join(", ", names.subList(0, names.size() - 1)) + ", and " + names.getLast();
  }

  /** What stands before and behind the text. */
  private Frame frame(String names) {
    String word = value.word;
    return values == 1 && queries == 1
        ? value.frame(names)
        : new Frame(
            "Some special magic %ss are hidden within the following text. Make sure to memorize"
                    .formatted(word)
                + " them. I will quiz you about the %ss afterwards.".formatted(word),
            "What are all the special magic %ss for %s mentioned in the provided text?"
                    .formatted(word, names)
                + " The special magic %ss for %s mentioned in the provided text are"
                    .formatted(word, names));
  }

  /** What stands before and behind a text. */
  record Frame(String before, String behind) {}

  private record Hidden(Haystack haystack, Frame frame, List<Fact> facts, List<String> expected)
      implements Puzzle {
    @Override
    public String prompt(int units) {
      return frame.before + "\n" + haystack.with(facts, units) + "\n" + frame.behind;
    }

    @Override
    public int least() {
      return 0;
    }

    @Override
    public int most() {
      return haystack.most();
    }

    @Override
    public String answer() {
      return " " + String.join(", ", expected);
    }

    @Override
    public int answerTokens() {
      return ANSWER_TOKENS;
    }
  }
}
