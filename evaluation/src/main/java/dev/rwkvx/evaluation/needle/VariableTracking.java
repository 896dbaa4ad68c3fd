package dev.rwkvx.evaluation.needle;

import dev.rwkvx.evaluation.needle.Haystack.Fact;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Assignments from variable to variable, hidden in their order in a text; asked for are all that
 * have a value. An example with its answer comes first.
 *
 * @param haystack the text
 * @param chains values, each with variables of its own
 * @param hops assignments after the first of a chain
 */
record VariableTracking(Haystack haystack, int chains, int hops) implements Task {
  private static final int NAME_LENGTH = 5;
  private static final int EXAMPLE_SENTENCES = 4;
  private static final int ANSWER_TOKENS = 30;

  /** Chains in a text, and which of their variables are asked for. */
  private record Chains(Haystack haystack, List<Fact> facts, String value, List<String> expected) {
    String prompt(int sentences) {
      return "Memorize and track the chain(s) of variable assignment hidden in the following"
          + " text.\n\n"
          + haystack.with(facts, sentences)
          + "\nQuestion: Find all variables that are assigned the value "
          + value
          + " in the text above. Answer: According to the chain(s) of variable assignment in the"
          + " text above, "
          + expected.size()
          + " variables are assigned the value "
          + value
          + ", they are:";
    }

    String answer() {
      return " " + String.join(" ", expected);
    }
  }

  private record Tracking(Chains example, Chains chains) implements Puzzle {
    @Override
    public String prompt(int units) {
      return example.prompt(EXAMPLE_SENTENCES) + example.answer() + "\n\n" + chains.prompt(units);
    }

    @Override
    public int least() {
      return 0;
    }

    @Override
    public int most() {
      return chains.haystack.most();
    }

    @Override
    public List<String> expected() {
      return chains.expected;
    }

    @Override
    public String answer() {
      return chains.answer();
    }

    @Override
    public int answerTokens() {
      return ANSWER_TOKENS;
    }
  }

  @Override
  public Puzzle draw(SplittableRandom random) {
    return new Tracking(chains(random), chains(random));
  }

  private Chains chains(SplittableRandom random) {
    List<String> names = names(chains * (hops + 1), random);
    Set<String> values = new LinkedHashSet<>();
    while (values.size() < chains) {
      values.add(String.valueOf(random.nextInt(10_000, 100_000)));
    }
    List<Fact> facts = new ArrayList<>();
    int next = 0;
    for (String value : values) {
      double[] depths = random.doubles(hops + 1L).sorted().toArray();
      facts.add(new Fact(depths[0], "VAR %s = %s".formatted(names.get(next), value)));
      for (int hop = 1; hop <= hops; hop++) {
        next++;
        String assignment = "VAR %s = VAR %s".formatted(names.get(next), names.get(next - 1));
        facts.add(new Fact(depths[hop], assignment));
      }
      next++;
    }
    return new Chains(haystack, facts, values.iterator().next(), names.subList(0, hops + 1));
  }

  private static List<String> names(int count, SplittableRandom random) {
    Set<String> names = new LinkedHashSet<>();
    while (names.size() < count) {
      names.add(
          random
              .ints(NAME_LENGTH, 'A', 'Z' + 1)
              .mapToObj(Character::toString)
              .collect(Collectors.joining()));
    }
    return List.copyOf(names);
  }
}
