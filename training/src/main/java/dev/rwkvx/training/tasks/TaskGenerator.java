package dev.rwkvx.training.tasks;

import dev.rwkvx.InputException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Makes documents in which facts are hidden in a haystack, with questions at the end or in the
 * middle, each after the facts that it needs. A document depends on the options, the haystack and
 * its number alone. For any number of threads.
 */
public final class TaskGenerator {
  /** The share of a document with a haystack that facts and questions may take. */
  private static final double MOST_FILLED = 0.75;

  /** The share of these that facts alone may take. */
  private static final double MOST_FACTS = 2.0 / 3;

  /** So much shorter than drawn may a document be, so that it ends with a whole word. */
  private static final int SLACK = 32;

  /** How often the length of the haystack is corrected: once or twice is usual. */
  private static final int CORRECTIONS = 8;

  /** The most that a unit is taken for; with longer ones, documents stay shorter than drawn. */
  private static final int BYTES_PER_UNIT = 16;

  private final TaskOptions options;
  private final Haystack haystack;
  private final Measure measure;

  /**
   * Prepares; nothing is made yet.
   *
   * @param options kinds, lengths, numbers of facts, seed
   * @param haystack the text in which facts are hidden
   * @param measure of the lengths
   */
  public TaskGenerator(TaskOptions options, Haystack haystack, Measure measure) {
    this.options = options;
    this.haystack = haystack;
    this.measure = measure;
  }

  /**
   * Makes a document.
   *
   * @param number from 0
   * @return the document; the same number gives the same one
   * @throws InputException when the fewest facts do not fit into the length
   */
  public TaskDocument document(long number) {
    SplittableRandom random =
        new SplittableRandom(options.seed() * 0xD1342543DE82EF95L + number * 0xAF251AF3B0F025B5L);
    TaskKind kind = options.kinds().get(random.nextInt(options.kinds().size()));
    int most = options.lengths().most();
    int length = new Range(Math.min(options.lengths().least() + SLACK, most), most).draw(random);
    Arrangement arrangement = fitting(random, kind, length);
    MarkedText text = new Filling(arrangement, length, random).text();
    return new TaskDocument(text.text(), text.answers(), kind.label());
  }

  /** As many facts and questions as drawn, or fewer that leave room for the haystack. */
  private Arrangement fitting(SplittableRandom random, TaskKind kind, int length) {
    double room = haystack.equals(Haystack.NONE) ? length : MOST_FILLED * length;
    int fewest = options.keys().least();
    int keys = options.keys().draw(random);
    int queries = options.queries().draw(random);
    while (true) {
      Puzzle puzzle = new Puzzles(random, keys, haystack).of(kind);
      queries = Math.min(queries, puzzle.asked().size());
      Arrangement arrangement = Arrangement.of(puzzle, queries, random);
      int size = measure.of(arrangement.in("").text());
      boolean least = keys == fewest && queries == 1;
      if (size <= room || (least && size <= length)) {
        return arrangement;
      }
      if (least) {
        throw new InputException(
            "A document of the kind '%s' with %d facts and no haystack has a length of %d; expected"
                    .formatted(kind.label(), keys, size)
                + " longer documents or fewer facts than for a length of "
                + length);
      }
      int facts = measure.of(Arrangement.of(puzzle, 0, random).in("").text());
      if (queries == 1 || (facts > MOST_FACTS * room && keys > fewest)) {
        keys = Math.max(fewest, keys * 7 / 8);
      } else {
        queries = Math.max(1, queries * 7 / 8);
      }
    }
  }

  /** Gives a document as much haystack as its length needs. */
  private final class Filling {
    private final Arrangement arrangement;
    private final int length;
    private final SplittableRandom random;
    private byte[] hay = {};

    Filling(Arrangement arrangement, int length, SplittableRandom random) {
      this.arrangement = arrangement;
      this.length = length;
      this.random = random;
    }

    MarkedText text() {
      MarkedText best = arrangement.in("");
      if (haystack.equals(Haystack.NONE)) {
        return best;
      }
      int budget = length - measure.of(best.text());
      for (int i = 0; i < CORRECTIONS && budget > 0; i++) {
        MarkedText next = arrangement.in(hay(budget));
        int size = measure.of(next.text());
        if (size <= length && next.bytes() > best.bytes()) {
          best = next;
        }
        if (size <= length && size > length - SLACK / 2) {
          break;
        }
        // Facts split words and lines of the haystack, which changes its length a little.
        budget += length - size;
      }
      return best;
    }

    /** The first units of a haystack that is drawn as far as it is needed, whole words. */
    private String hay(int units) {
      int end = measure.bytes(hay, units);
      while (end == hay.length && hay.length < (long) units * BYTES_PER_UNIT) {
        String more = (hay.length == 0 ? "" : "\n\n") + haystack.text(random, 2 * units + 1_000);
        hay = joined(hay, more.getBytes(StandardCharsets.UTF_8));
        end = measure.bytes(hay, units);
      }
      while (end > 0 && end < hay.length && hay[end] != ' ' && hay[end] != '\n') {
        end--;
      }
      return new String(hay, 0, end, StandardCharsets.UTF_8);
    }

    private static byte[] joined(byte[] a, byte[] b) {
      byte[] both = new byte[a.length + b.length];
      System.arraycopy(a, 0, both, 0, a.length);
      System.arraycopy(b, 0, both, a.length, b.length);
      return both;
    }
  }
}
