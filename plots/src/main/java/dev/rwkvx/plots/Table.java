package dev.rwkvx.plots;

import dev.rwkvx.InputException;
import dev.rwkvx.io.AtomicFile;
import dev.rwkvx.io.InputFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Results in rows under named columns, out of a CSV file with a header.
 *
 * @param name of the file, for messages
 * @param columns their names
 * @param rows as many fields each as there are columns
 */
public record Table(String name, List<String> columns, List<List<String>> rows) {
  /**
   * Reads a file. A last line without an end is left out: its writer was interrupted.
   *
   * @param file CSV with a header
   * @return its columns and rows
   * @throws InputException when the file is missing or no such table
   */
  public static Table read(Path file) {
    String text;
    try {
      text = Files.readString(InputFile.require(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read as a CSV file (" + e + ")", e);
    }
    return parse(file.toString(), text.substring(0, text.lastIndexOf('\n') + 1));
  }

  /**
   * Reads the text of a CSV file.
   *
   * @param name of the file, for messages
   * @param text lines under a header
   * @return its columns and rows
   * @throws InputException when it is no such table
   */
  public static Table parse(String name, String text) {
    List<List<String>> lines = new ArrayList<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      int found = number;
      List<String> fields =
          Csv.fields(line)
              .orElseThrow(
                  () -> new InputException(name + ": line " + found + " has an open quote"));
      if (!lines.isEmpty() && fields.size() != lines.getFirst().size()) {
        throw new InputException(
            "%s: line %d has %d fields; expected %d, as in its header"
                .formatted(name, number, fields.size(), lines.getFirst().size()));
      }
      lines.add(fields);
    }
    if (lines.isEmpty()) {
      throw new InputException(name + ": is empty; expected a CSV file with a header");
    }
    return new Table(
        name,
        List.copyOf(lines.getFirst()),
        Collections.unmodifiableList(lines.subList(1, lines.size())));
  }

  /**
   * Writes a CSV file with a header, which appears whole or not at all.
   *
   * @param file is replaced if it exists
   * @throws IOException when it cannot be written
   */
  public void write(Path file) throws IOException {
    StringBuilder text = new StringBuilder(Csv.line(columns)).append('\n');
    rows.forEach(row -> text.append(Csv.line(row)).append('\n'));
    AtomicFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * {@return the points of two columns, by x; where several rows have the same x, the median of
   * their y} Rows in which one of the two is no number are left out.
   *
   * @param title for the legend
   * @param x the column from left to right
   * @param y the column from bottom to top
   * @throws InputException when there is no such column
   */
  public Series series(String title, String x, String y) {
    return series(title, x, y, rows);
  }

  /**
   * {@return one series for each value of the column {@code by}, in the order of their first rows}
   *
   * @param by the column that tells series apart
   * @param x the column from left to right
   * @param y the column from bottom to top
   */
  public List<Series> seriesBy(String by, String x, String y) {
    int at = column(by);
    Map<String, List<List<String>>> groups =
        rows.stream()
            .collect(
                Collectors.groupingBy(row -> row.get(at), LinkedHashMap::new, Collectors.toList()));
    return groups.entrySet().stream()
        .map(group -> series(group.getKey(), x, y, group.getValue()))
        .toList();
  }

  private Series series(String title, String x, String y, List<List<String>> from) {
    int xAt = column(x);
    int yAt = column(y);
    Map<Double, List<Double>> points = new TreeMap<>();
    for (List<String> row : from) {
      double xValue = number(row.get(xAt));
      double yValue = number(row.get(yAt));
      if (Double.isFinite(xValue) && Double.isFinite(yValue)) {
        points.computeIfAbsent(xValue, at -> new ArrayList<>()).add(yValue);
      }
    }
    return new Series(
        title,
        points.keySet().stream().mapToDouble(Double::doubleValue).toArray(),
        points.values().stream().mapToDouble(Table::median).toArray());
  }

  /**
   * {@return a grid of the means of a column, by the values of two others, which are ordered as
   * numbers where they all are}
   *
   * @param title for the legend
   * @param x the column from left to right
   * @param y the column from top to bottom
   * @param value the column of the colours
   * @throws InputException when there is no such column
   */
  public HeatMap.Panel grid(String title, String x, String y, String value) {
    int xAt = column(x);
    int yAt = column(y);
    int valueAt = column(value);
    List<String> across = distinct(xAt);
    List<String> down = distinct(yAt);
    double[][] means = new double[down.size()][across.size()];
    for (int row = 0; row < down.size(); row++) {
      for (int column = 0; column < across.size(); column++) {
        String left = down.get(row);
        String above = across.get(column);
        means[row][column] =
            rows.stream()
                .filter(fields -> fields.get(xAt).equals(above) && fields.get(yAt).equals(left))
                .mapToDouble(fields -> number(fields.get(valueAt)))
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NaN);
      }
    }
    return new HeatMap.Panel(title, across, down, means);
  }

  private List<String> distinct(int column) {
    List<String> values = rows.stream().map(row -> row.get(column)).distinct().toList();
    return values.stream().allMatch(value -> Double.isFinite(number(value)))
        ? values.stream().sorted(Comparator.comparingDouble(Table::number)).toList()
        : values;
  }

  /** The position of a column. */
  private int column(String wanted) {
    int at = columns.indexOf(wanted);
    if (at < 0) {
      throw new InputException(
          name + ": has no column '" + wanted + "'; it has " + String.join(", ", columns));
    }
    return at;
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
