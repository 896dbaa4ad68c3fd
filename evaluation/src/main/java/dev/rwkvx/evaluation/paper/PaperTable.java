package dev.rwkvx.evaluation.paper;

import dev.rwkvx.evaluation.Interval;
import dev.rwkvx.plots.Table;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/** Numbers of a table of the paper. */
public final class PaperTable {
  /**
   * Where a number stands.
   *
   * @param task such as {@code niah_single_1}
   * @param length tokens of the prompts; empty where they have no set length
   */
  public record Place(String task, String length) {}

  /**
   * A number that was measured.
   *
   * @param samples prompts or questions
   * @param share of them that were right, 0 … 1
   */
  public record Measured(long samples, double share) {
    @Override
    public String toString() {
      Interval interval = Interval.of(share, samples);
      return String.format(
          Locale.ROOT,
          "%.1f (%.1f-%.1f)",
          100 * share,
          100 * interval.low(),
          100 * interval.high());
    }
  }

  private final String name;

  /** Per cent, by model and place. */
  private final SequencedMap<String, Map<Place, String>> models = new LinkedHashMap<>();

  private PaperTable(String name) {
    this.name = name;
  }

  /**
   * {@return a table of the paper}
   *
   * @param name {@code table2}, {@code table3} or {@code table4}
   */
  public static PaperTable of(String name) {
    PaperTable table = new PaperTable(name);
    for (List<String> row : Table.parse("tables.csv", resource()).rows()) {
      if (row.getFirst().equals(name)) {
        table
            .models
            .computeIfAbsent(row.get(1), _ -> new LinkedHashMap<>())
            .put(new Place(row.get(2), row.get(3)), row.get(4));
      }
    }
    return table;
  }

  private static String resource() {
    try (InputStream in = PaperTable.class.getResourceAsStream("tables.csv")) {
      if (in == null) {
        throw new IllegalStateException("tables.csv is not in the program");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * {@return what was measured, in per cent with 95 % intervals, beside the numbers of the paper}
   *
   * @param measured by model and place, in their order
   */
  public Table beside(SequencedMap<String, SequencedMap<Place, Measured>> measured) {
    Set<Place> places = new LinkedHashSet<>();
    measured.values().forEach(model -> places.addAll(model.keySet()));
    models.values().forEach(model -> places.addAll(model.keySet()));
    List<String> columns = new ArrayList<>(List.of("task", "length"));
    for (String model : measured.keySet()) {
      columns.addAll(List.of("n", model));
    }
    models.keySet().forEach(model -> columns.add("paper: " + model));
    List<List<String>> rows = new ArrayList<>();
    for (Place place : places) {
      List<String> row = new ArrayList<>(List.of(place.task, place.length));
      for (SequencedMap<Place, Measured> model : measured.values()) {
        Measured found = model.get(place);
        row.add(found == null ? "" : String.valueOf(found.samples));
        row.add(found == null ? "" : found.toString());
      }
      models.values().forEach(model -> row.add(model.getOrDefault(place, "")));
      rows.add(row);
    }
    return new Table(name, columns, rows);
  }
}
