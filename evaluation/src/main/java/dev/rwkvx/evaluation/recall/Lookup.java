package dev.rwkvx.evaluation.recall;

import dev.rwkvx.evaluation.needle.Haystack;
import dev.rwkvx.evaluation.needle.Haystack.Fact;
import dev.rwkvx.evaluation.needle.Puzzle;
import dev.rwkvx.evaluation.needle.Task;
import dev.rwkvx.training.tasks.Names;
import dev.rwkvx.training.tasks.Phrases;
import dev.rwkvx.training.tasks.Split;
import dev.rwkvx.training.tasks.ValueKind;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Names with a value each at random places of a text; the value of one of them is asked for, each
 * as likely as any other. Names and values never occur in {@code rwkvx data tasks}.
 *
 * @param haystack the text
 * @param form sentences that tell values of some kind
 * @param sentences whether they occur there
 * @param keys names in the text
 */
public record Lookup(Haystack haystack, Form form, Split sentences, int keys) implements Task {
  /** How values are told. */
  public enum Form {
    /** Numbers of five to seven digits in sentences. */
    NUMBERS(ValueKind.NUMBERS),
    /** Words in sentences. */
    WORDS(ValueKind.WORDS),
    /** Letters and digits in sentences. */
    CODES(ValueKind.CODES),
    /** UUIDs in sentences. */
    UUIDS(ValueKind.UUIDS),
    /** Numbers in the shortest form: the name, a sign, the number. */
    PAIRS(ValueKind.NUMBERS);

    private final ValueKind values;

    Form(ValueKind values) {
      this.values = values;
    }

    /** {@return the name as users write it} */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private record Named(String name, String value) {}

  /** A text, and which of its names is asked for. */
  private record Hidden(
      Haystack haystack,
      List<Fact> facts,
      List<Named> names,
      List<String> questions,
      String attribute,
      int asked,
      String question)
      implements Puzzle {
    @Override
    public String prompt(int units) {
      String before = question.substring(0, question.indexOf("{V}")).stripTrailing();
      return haystack.with(facts, units)
          + "\n"
          + Phrases.fill(before, attribute, names.get(asked).name, "");
    }

    @Override
    public Puzzle asking(SplittableRandom random) {
      return new Hidden(
          haystack,
          facts,
          names,
          questions,
          attribute,
          random.nextInt(names.size()),
          questions.get(random.nextInt(questions.size())));
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
      return List.of(names.get(asked).value);
    }

    @Override
    public String answer() {
      return " " + names.get(asked).value;
    }

    @Override
    public int answerTokens() {
      return 0;
    }
  }

  @Override
  public Puzzle draw(SplittableRandom random) {
    Phrases phrases = Phrases.of(sentences);
    List<String> attributes = phrases.attributes(form.values);
    String attribute = attributes.get(random.nextInt(attributes.size()));
    String pair = phrases.pairs().get(random.nextInt(phrases.pairs().size()));
    List<String> told = form == Form.PAIRS ? List.of(pair) : phrases.facts();
    Iterator<String> values = form.values.distinct(keys, Split.HELD_OUT, random).iterator();
    List<Named> names = new ArrayList<>();
    List<Fact> facts = new ArrayList<>();
    for (String name : Names.draw(keys, Split.HELD_OUT, random)) {
      Named named = new Named(name, values.next());
      names.add(named);
      String sentence =
          Phrases.fill(told.get(random.nextInt(told.size())), attribute, name, named.value);
      facts.add(new Fact(random.nextDouble(), sentence));
    }
    List<String> questions = form == Form.PAIRS ? told : phrases.questions();
    return new Hidden(haystack, facts, names, questions, attribute, 0, "").asking(random);
  }
}
