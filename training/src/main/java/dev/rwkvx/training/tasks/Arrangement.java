package dev.rwkvx.training.tasks;

import dev.rwkvx.training.tasks.Puzzle.Asked;
import dev.rwkvx.training.tasks.Puzzle.Clue;
import dev.rwkvx.training.tasks.Puzzle.Question;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the clues and questions of a puzzle stand in a haystack of whatever length.
 *
 * @param inside in the order of the document
 * @param behind the questions behind all of the haystack
 * @param onLines whether clues have lines of their own
 */
record Arrangement(String opening, List<Placed> inside, List<Question> behind, boolean onLines) {
  private static final Pattern SENTENCE_END = Pattern.compile("[.!?][\"')]*\\s+|\\n+");

  /**
   * A clue or question.
   *
   * @param place in shares of the haystack, below 1
   */
  private record Placed(double place, Puzzle.Piece piece) {}

  /**
   * Clues anywhere; the questions of every second document partly between them. Each question is
   * about any of what the text before it tells, whether or not it was asked for already: neither
   * what is left to ask nor what came last gives the answer away.
   *
   * @param questions how many, 0 for none
   */
  static Arrangement of(Puzzle puzzle, int questions, SplittableRandom random) {
    double[] clues = new double[puzzle.clues().size()];
    Arrays.setAll(clues, _ -> random.nextDouble());
    Arrays.sort(clues);
    List<Placed> inside = new ArrayList<>();
    for (int i = 0; i < clues.length; i++) {
      inside.add(new Placed(clues[i], puzzle.clues().get(i)));
    }
    List<Question> behind = new ArrayList<>();
    boolean between = random.nextBoolean();
    for (int i = 0; i < questions; i++) {
      // A document ends with a question: what stands behind the last one would be for nothing.
      double place = between && i > 0 && random.nextBoolean() ? random.nextDouble() : 1;
      List<Asked> told = puzzle.asked().stream().filter(one -> clues[one.clue()] < place).toList();
      if (place == 1 || told.isEmpty()) {
        behind.add(Wording.pick(random, puzzle.asked()).question(random));
      } else {
        inside.add(new Placed(place, Wording.pick(random, told).question(random)));
      }
    }
    inside.sort(Comparator.comparingDouble(Placed::place));
    return new Arrangement(puzzle.opening(), inside, behind, random.nextBoolean());
  }

  /** The document with a haystack. */
  MarkedText in(String haystack) {
    List<Integer> starts = new ArrayList<>(List.of(0));
    Matcher end = SENTENCE_END.matcher(haystack);
    while (end.find()) {
      starts.add(end.end());
    }
    MarkedText out = new MarkedText();
    if (!opening.isEmpty()) {
      out.append(opening).append("\n");
    }
    int next = 0;
    for (int i = 0; i < starts.size(); i++) {
      double until = (i + 1.0) / starts.size();
      while (next < inside.size() && inside.get(next).place < until) {
        put(inside.get(next++).piece, out);
      }
      int to = i + 1 < starts.size() ? starts.get(i + 1) : haystack.length();
      out.append(haystack.substring(starts.get(i), to));
    }
    behind.forEach(question -> out.endLine().append(question));
    return out;
  }

  private void put(Puzzle.Piece piece, MarkedText out) {
    switch (piece) {
      case Clue clue when onLines -> out.endLine().append(clue.text()).append("\n");
      case Clue clue -> out.append(clue.text()).append(" ");
      case Question question -> out.endLine().append(question).append("\n");
    }
  }
}
