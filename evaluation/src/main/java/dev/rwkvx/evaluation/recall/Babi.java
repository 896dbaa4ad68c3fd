package dev.rwkvx.evaluation.recall;

import dev.rwkvx.evaluation.needle.Haystack;
import dev.rwkvx.evaluation.needle.Haystack.Fact;
import dev.rwkvx.evaluation.needle.Puzzle;
import dev.rwkvx.evaluation.needle.Task;
import dev.rwkvx.evaluation.recall.Story.Gift;
import dev.rwkvx.evaluation.recall.Story.Stay;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The first five tasks of bAbI (arXiv 1502.05698) with their sentences spread over a long text, as
 * in BABILong (arXiv 2406.10149). Stories are drawn here, in bAbI's words; the sentences around
 * them are not BABILong's.
 *
 * @param haystack the text
 * @param kind which of the tasks
 */
public record Babi(Haystack haystack, Kind kind) implements Task {
  private static final List<String> FOUR = List.of("Daniel", "John", "Mary", "Sandra");
  private static final List<String> GIVERS = List.of("Bill", "Fred", "Jeff", "Mary");
  private static final List<String> DIRECTIONS = List.of("north", "south", "east", "west");

  /** A longer story than this has an answer: more would be a defect. */
  private static final int MOST_EVENTS = 10_000;

  /** The tasks. */
  public enum Kind {
    /** One fact: where is Mary? */
    QA1,
    /** Two facts: where is the football, which Mary took along? */
    QA2,
    /** Three facts: where was the football before the kitchen? */
    QA3,
    /** Relations of two: what is north of the kitchen? */
    QA4,
    /** Relations of three: who gave the apple to Fred? */
    QA5;

    /** {@return the name as users write it} */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A question.
   *
   * @param asked as bAbI asks
   * @param begun how the answer begins
   * @param answer one word
   */
  private record Asked(String asked, String begun, String answer) {}

  private record Hidden(Haystack haystack, List<Fact> facts, Asked question) implements Puzzle {
    @Override
    public String prompt(int units) {
      return "Some facts are hidden in the following text. Read them in their order: what comes"
          + " later may change what came before. Then answer the question.\n"
          + haystack.with(facts, units)
          + "\nQuestion: "
          + question.asked
          + "\nAnswer: "
          + question.begun;
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
    public List<String> expected() {
      return List.of(question.answer);
    }

    @Override
    public String answer() {
      return " " + question.answer;
    }

    @Override
    public int answerTokens() {
      return 0;
    }
  }

  @Override
  public Puzzle draw(SplittableRandom random) {
    List<String> sentences = new ArrayList<>();
    Asked asked =
        switch (kind) {
          case QA1 -> person(random, sentences);
          case QA2 -> thing(random, sentences);
          case QA3 -> thingBefore(random, sentences);
          case QA4 -> direction(random, sentences);
          case QA5 -> gift(random, sentences);
        };
    double[] depths = random.doubles(sentences.size()).sorted().toArray();
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < depths.length; i++) {
      facts.add(new Fact(depths[i], sentences.get(i)));
    }
    return new Hidden(haystack, facts, asked);
  }

  private static Asked person(SplittableRandom random, List<String> sentences) {
    Story story = new Story(FOUR, random);
    int events = random.nextInt(2, 11);
    for (int i = 0; i < events; i++) {
      story.move();
    }
    sentences.addAll(story.sentences());
    Stay stay = story.person().orElseThrow();
    return new Asked("Where is " + stay.who() + "?", stay.who() + " is in the", stay.place());
  }

  private static Asked thing(SplittableRandom random, List<String> sentences) {
    Story story = new Story(FOUR, random);
    int events = random.nextInt(4, 21);
    Optional<Stay> stay = Optional.empty();
    for (int i = 0; i < MOST_EVENTS && (i < events || stay.isEmpty()); i++) {
      carry(story, random);
      stay = story.thing(1);
    }
    sentences.addAll(story.sentences());
    Stay found = stay.orElseThrow();
    String thing = "the " + found.who();
    return new Asked("Where is " + thing + "?", "The " + found.who() + " is in the", found.place());
  }

  private static Asked thingBefore(SplittableRandom random, List<String> sentences) {
    Story story = new Story(FOUR, random);
    int events = random.nextInt(10, 41);
    Optional<Stay> stay = Optional.empty();
    for (int i = 0; i < MOST_EVENTS && (i < events || stay.isEmpty()); i++) {
      carry(story, random);
      stay = story.thing(2);
    }
    sentences.addAll(story.sentences());
    Stay found = stay.orElseThrow();
    return new Asked(
        "Where was the %s before the %s?".formatted(found.who(), found.place()),
        "Before the %s the %s was in the".formatted(found.place(), found.who()),
        found.before());
  }

  private static void carry(Story story, SplittableRandom random) {
    switch (random.nextInt(6)) {
      case 0, 1 -> story.take();
      case 2 -> story.leave();
      default -> story.move();
    }
  }

  /** Two places in one direction from a third, or around it. */
  private static Asked direction(SplittableRandom random, List<String> sentences) {
    List<String> places = new ArrayList<>(Story.PLACES);
    List<String> drawn = new ArrayList<>();
    while (drawn.size() < 3) {
      drawn.add(places.remove(random.nextInt(places.size())));
    }
    int first = random.nextInt(4);
    int second = (first + 1 + random.nextInt(3)) % 4;
    String[] told = {
      relation(drawn.get(0), DIRECTIONS.get(first), drawn.get(1)),
      relation(drawn.get(2), DIRECTIONS.get(second), drawn.get(1))
    };
    sentences.addAll(random.nextBoolean() ? List.of(told) : Arrays.asList(told).reversed());
    String direction = DIRECTIONS.get(first);
    return random.nextBoolean()
        ? new Asked("What is %s of the %s?".formatted(direction, drawn.get(1)), "the", drawn.get(0))
        : new Asked(
            "What is the %s %s of?".formatted(drawn.get(0), direction), "the", drawn.get(1));
  }

  private static String relation(String place, String direction, String of) {
    return "The %s is %s of the %s.".formatted(place, direction, of);
  }

  private static Asked gift(SplittableRandom random, List<String> sentences) {
    Story story = new Story(GIVERS, random);
    int events = random.nextInt(3, 16);
    for (int i = 0; i < MOST_EVENTS && (i < events || story.lastGift().isEmpty()); i++) {
      switch (random.nextInt(5)) {
        case 0 -> story.take();
        case 1, 2 -> story.give();
        default -> story.move();
      }
    }
    sentences.addAll(story.sentences());
    Gift gift = story.lastGift().orElseThrow();
    return Story.pick(
        List.of(
            new Asked(
                "What did %s give to %s?".formatted(gift.giver(), gift.receiver()),
                "the",
                gift.thing()),
            new Asked("Who gave the %s?".formatted(gift.thing()), "It was", gift.giver()),
            new Asked(
                "Who gave the %s to %s?".formatted(gift.thing(), gift.receiver()),
                "It was",
                gift.giver()),
            new Asked("Who received the %s?".formatted(gift.thing()), "It was", gift.receiver()),
            new Asked(
                "Who did %s give the %s to?".formatted(gift.giver(), gift.thing()),
                "It was",
                gift.receiver())),
        random);
  }
}
