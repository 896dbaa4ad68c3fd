package dev.rwkvx.evaluation.needle;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SplittableRandom;

/** A kind of question about a long text. */
public interface Task {
  /**
   * Draws a question; the same numbers give the same one.
   *
   * @param random the source of all that is random
   * @return the question; the same numbers give the same one
   */
  Puzzle draw(SplittableRandom random);

  /**
   * How many facts there are where RULER's default is four.
   *
   * @param keys names with a number each, of which {@code niah_multikey} asks for one
   * @param values numbers of the one name of {@code niah_multivalue}
   * @param queries names with a number each, all of which {@code niah_multiquery} asks for
   */
  record Sizes(int keys, int values, int queries) {
    public static final Sizes USUAL = new Sizes(4, 4, 4);
  }

  /**
   * {@return all synthetic tasks, under their names in RULER}
   *
   * @param essay the text for those that hide facts in a real one
   * @param sizes how much is hidden and asked for
   */
  static SequencedMap<String, Task> all(Haystack essay, Sizes sizes) {
    Haystack noise = Haystack.noise();
    SequencedMap<String, Task> tasks = new LinkedHashMap<>();
    tasks.put("niah_single_1", new Needles(noise, Needles.Value.NUMBER, 1, 1, 1));
    tasks.put("niah_single_2", new Needles(essay, Needles.Value.NUMBER, 1, 1, 1));
    tasks.put("niah_single_3", new Needles(essay, Needles.Value.UUID, 1, 1, 1));
    tasks.put("niah_multikey", new Needles(essay, Needles.Value.NUMBER, sizes.keys, 1, 1));
    tasks.put("niah_multikey_2", new NeedleHaystack(Needles.Value.NUMBER));
    tasks.put("niah_multikey_3", new NeedleHaystack(Needles.Value.UUID));
    tasks.put("niah_multivalue", new Needles(essay, Needles.Value.NUMBER, 1, sizes.values, 1));
    tasks.put(
        "niah_multiquery",
        new Needles(essay, Needles.Value.NUMBER, sizes.queries, 1, sizes.queries));
    tasks.put("vt", new VariableTracking(noise, 1, 4));
    tasks.put("cwe", new CommonWords());
    tasks.put("fwe", new FrequentWords());
    return tasks;
  }
}
