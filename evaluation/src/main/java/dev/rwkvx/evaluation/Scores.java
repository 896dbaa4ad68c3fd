package dev.rwkvx.evaluation;

import dev.rwkvx.plots.Table;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/** Mean scores of items that have a place in a grid. */
final class Scores {
  private static final String ALL = "all";

  private record Place(String row, String column) {}

  private final Map<Place, DoubleSummaryStatistics> sums = new LinkedHashMap<>();
  private final Set<String> rows = new LinkedHashSet<>();
  private final Set<String> columns = new LinkedHashSet<>();

  /** Counts an item in. */
  void add(String row, String column, double score) {
    rows.add(row);
    columns.add(column);
    for (String r : List.of(row, ALL)) {
      for (String c : List.of(column, ALL)) {
        sums.computeIfAbsent(new Place(r, c), _ -> new DoubleSummaryStatistics()).accept(score);
      }
    }
  }

  /** The mean over all items; NaN where there are none. */
  double mean() {
    return mean(ALL, ALL);
  }

  private double mean(String row, String column) {
    DoubleSummaryStatistics sum = sums.get(new Place(row, column));
    return sum == null ? Double.NaN : sum.getAverage();
  }

  /** The mean of each row. */
  SequencedMap<String, Object> byRow() {
    SequencedMap<String, Object> means = new LinkedHashMap<>();
    rows.forEach(row -> means.put(row, mean(row, ALL)));
    return means;
  }

  /** The mean of each column. */
  SequencedMap<String, Object> byColumn() {
    SequencedMap<String, Object> means = new LinkedHashMap<>();
    columns.forEach(column -> means.put(column, mean(ALL, column)));
    return means;
  }

  /** A line for each place: its row, its column, how many items there are, their mean. */
  Table table(String name, String row, String column, String score) {
    List<List<String>> lines = new ArrayList<>();
    for (String r : rows) {
      for (String c : columns) {
        DoubleSummaryStatistics sum = sums.get(new Place(r, c));
        if (sum != null) {
          String count = String.valueOf(sum.getCount());
          lines.add(List.of(r, c, count, String.format(Locale.ROOT, "%.4f", sum.getAverage())));
        }
      }
    }
    return new Table(name, List.of(row, column, "samples", score), lines);
  }

  /** The grid in per cent, with the means of its rows and columns. */
  Table overview(String name, String corner) {
    List<String> head = new ArrayList<>(List.of(corner));
    head.addAll(columns);
    head.add(ALL);
    List<String> left = new ArrayList<>(rows);
    left.add(ALL);
    List<List<String>> lines = new ArrayList<>();
    for (String row : left) {
      List<String> line = new ArrayList<>(List.of(row));
      for (String column : head.subList(1, head.size())) {
        line.add(String.format(Locale.ROOT, "%.0f %%", 100 * mean(row, column)));
      }
      lines.add(line);
    }
    return new Table(name, head, lines);
  }
}
