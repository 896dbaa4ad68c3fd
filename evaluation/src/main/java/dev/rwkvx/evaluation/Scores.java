package dev.rwkvx.evaluation;

import dev.rwkvx.evaluation.gate.GateHit;
import dev.rwkvx.plots.Chart;
import dev.rwkvx.plots.Series;
import dev.rwkvx.plots.Table;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** Mean scores of items that have a place in a grid, with their intervals. */
final class Scores {
  private static final String ALL = "all";

  /** The length whose score is what longer ones are compared with. */
  private static final int BASE_LENGTH = 1024;

  /** The share of it that still counts (RULER, arXiv 2404.06654, has a threshold of this kind). */
  private static final double EFFECTIVE = 0.85;

  private record Place(String row, String column) {}

  /** What became of the items of a place. */
  private record Sum(long trials, double score, double exact, Gates gates) {
    static final Sum NONE = new Sum(0, 0, 0, Gates.NONE);

    Sum plus(Sum other) {
      return new Sum(
          trials + other.trials, score + other.score, exact + other.exact, gates.plus(other.gates));
    }

    double meanScore() {
      return score / trials;
    }

    double meanExact() {
      return exact / trials;
    }
  }

  /** Gate hits of those items that have one: the sums of the shares. */
  private record Gates(long trials, double any, double mean) {
    static final Gates NONE = new Gates(0, 0, 0);

    static Gates of(GateHit hit) {
      return new Gates(1, hit.any(), hit.mean());
    }

    Gates plus(Gates other) {
      return new Gates(trials + other.trials, any + other.any, mean + other.mean);
    }

    /** The mean over items of the hits by any head, and by the mean of the heads. */
    List<String> fields() {
      return trials == 0 ? List.of("", "") : List.of(decimal(any / trials), decimal(mean / trials));
    }
  }

  private final String name;
  private final Map<Place, Sum> sums = new LinkedHashMap<>();
  private final Set<String> rows = new LinkedHashSet<>();
  private final Set<String> columns = new LinkedHashSet<>();

  /**
   * @param name of what is scored, such as {@code accuracy}
   * @param columns in their order
   */
  Scores(String name, Collection<String> columns) {
    this.name = name;
    this.columns.addAll(columns);
  }

  /** Counts the answer to an item in. */
  void add(String row, String column, Answer answer) {
    boolean exact = FirstAnswer.isExact(answer.expected(), answer.answer());
    Gates gates = answer.gate().map(Gates::of).orElse(Gates.NONE);
    add(row, column, new Sum(1, answer.score(), exact ? 1 : 0, gates));
  }

  /** Counts trials in, some of which went well. */
  void add(String row, String column, long trials, long right) {
    add(row, column, new Sum(trials, right, right, Gates.NONE));
  }

  private void add(String row, String column, Sum sum) {
    rows.add(row);
    columns.add(column);
    for (String r : List.of(row, ALL)) {
      for (String c : List.of(column, ALL)) {
        sums.merge(new Place(r, c), sum, Sum::plus);
      }
    }
  }

  private Sum sum(String row, String column) {
    return sums.getOrDefault(new Place(row, column), Sum.NONE);
  }

  /** The numbers that matter most. */
  SequencedMap<String, Object> summary(String row, String column) {
    SequencedMap<String, Object> summary = new LinkedHashMap<>();
    summary.put(name, sum(ALL, ALL).meanScore());
    summary.put("first_exact", sum(ALL, ALL).meanExact());
    summary.put(name + "_by_" + row, byRow(Sum::meanScore));
    summary.put(name + "_by_" + column, byColumn(Sum::meanScore));
    summary.put("first_exact_by_" + row, byRow(Sum::meanExact));
    Gates gates = sum(ALL, ALL).gates;
    if (gates.trials > 0) {
      summary.put("gate_hit", gates.any / gates.trials);
      summary.put("gate_hit_mean", gates.mean / gates.trials);
    }
    return summary;
  }

  private SequencedMap<String, Object> byRow(ToDoubleFunction<Sum> mean) {
    SequencedMap<String, Object> means = new LinkedHashMap<>();
    rows.forEach(row -> means.put(row, mean.applyAsDouble(sum(row, ALL))));
    return means;
  }

  private SequencedMap<String, Object> byColumn(ToDoubleFunction<Sum> mean) {
    SequencedMap<String, Object> means = new LinkedHashMap<>();
    columns.forEach(column -> means.put(column, mean.applyAsDouble(sum(ALL, column))));
    return means;
  }

  /**
   * The longest length with at least 85 % of the score at 1,024 tokens, or at the shortest where
   * there is none of that; nothing where that is 0.
   *
   * @param row or {@link #ALL}; columns are lengths
   */
  private OptionalInt effectiveLength(String row) {
    List<Integer> lengths =
        columns.stream()
            .filter(column -> sum(row, column).trials > 0)
            .map(Integer::valueOf)
            .sorted()
            .toList();
    int base = lengths.contains(BASE_LENGTH) ? BASE_LENGTH : lengths.getFirst();
    double least = EFFECTIVE * sum(row, String.valueOf(base)).meanScore();
    return lengths.stream()
        .filter(length -> least > 0)
        .filter(length -> sum(row, String.valueOf(length)).meanScore() >= least)
        .mapToInt(Integer::intValue)
        .max();
  }

  /** The effective length of each row, where it has one. */
  SequencedMap<String, Object> effectiveLengths() {
    SequencedMap<String, Object> lengths = new LinkedHashMap<>();
    rows.forEach(row -> effectiveLength(row).ifPresent(length -> lengths.put(row, length)));
    return lengths;
  }

  /**
   * A line for each place: how many trials there were, both means and their intervals. Gate hits
   * follow where there are any.
   */
  Table table(String title, String row, String column) {
    boolean gated = sum(ALL, ALL).gates.trials > 0;
    List<List<String>> lines = new ArrayList<>();
    for (String r : rows) {
      for (String c : columns) {
        Sum sum = sum(r, c);
        if (sum.trials > 0) {
          List<String> line = new ArrayList<>(List.of(r, c, String.valueOf(sum.trials)));
          line.addAll(shareAndInterval(sum.meanScore(), sum.trials));
          line.addAll(shareAndInterval(sum.meanExact(), sum.trials));
          if (gated) {
            line.addAll(sum.gates.fields());
          }
          lines.add(line);
        }
      }
    }
    List<String> head = new ArrayList<>(List.of(row, column, "samples"));
    for (String share : List.of(name, "first_exact")) {
      head.addAll(List.of(share, share + "_low", share + "_high"));
    }
    if (gated) {
      head.addAll(List.of("gate_hit", "gate_hit_mean"));
    }
    return new Table(title, head, lines);
  }

  private static List<String> shareAndInterval(double share, long trials) {
    Interval interval = Interval.of(share, trials);
    return List.of(decimal(share), decimal(interval.low()), decimal(interval.high()));
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  /** A curve over the columns, which are numbers, for each row. */
  Chart chart(String xAxis, boolean exact) {
    List<Series> curves = new ArrayList<>();
    for (String row : rows) {
      List<String> at = columns.stream().filter(c -> sum(row, c).trials > 0).toList();
      double[] means =
          at.stream()
              .map(column -> sum(row, column))
              .mapToDouble(exact ? Sum::meanExact : Sum::meanScore)
              .toArray();
      curves.add(new Series(row, at.stream().mapToDouble(Double::parseDouble).toArray(), means));
    }
    String yAxis = exact ? "first answer exact" : name;
    return new Chart("", xAxis, yAxis, Chart.Scale.LOG, Chart.Scale.SHARE, curves);
  }

  /** The grid of scores in per cent, with the means of its rows and columns. */
  Table overview(String corner) {
    return grid(corner, Sum::meanScore);
  }

  /** The grid of first answers that were exact. */
  Table exactOverview(String corner) {
    return grid(corner, Sum::meanExact);
  }

  private Table grid(String corner, ToDoubleFunction<Sum> mean) {
    List<String> head = new ArrayList<>(List.of(corner));
    head.addAll(columns);
    head.add(ALL);
    List<String> left = new ArrayList<>(rows);
    if (rows.size() > 1) {
      left.add(ALL);
    }
    List<List<String>> lines = new ArrayList<>();
    for (String row : left) {
      List<String> line = new ArrayList<>(List.of(row));
      for (String column : head.subList(1, head.size())) {
        line.add(percent(sum(row, column), mean));
      }
      lines.add(line);
    }
    return new Table(name, head, lines);
  }

  /** The same grid with a column for the effective length of each row. */
  Table withEffectiveLengths(Table grid) {
    List<String> head = new ArrayList<>(grid.columns());
    head.add("effective");
    List<List<String>> lines = new ArrayList<>();
    for (List<String> row : grid.rows()) {
      List<String> line = new ArrayList<>(row);
      OptionalInt length = effectiveLength(row.getFirst());
      line.add(length.isPresent() ? String.valueOf(length.getAsInt()) : "-");
      lines.add(line);
    }
    return new Table(grid.name(), head, lines);
  }

  private static String percent(Sum sum, ToDoubleFunction<Sum> mean) {
    if (sum.trials == 0) {
      return "-";
    }
    return Interval.percent(mean.applyAsDouble(sum), sum.trials, 0);
  }
}
