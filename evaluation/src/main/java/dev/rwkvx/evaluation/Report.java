package dev.rwkvx.evaluation;

import dev.rwkvx.plots.Picture;
import dev.rwkvx.plots.Table;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What came out of an evaluation.
 *
 * @param table all results in rows, for programs
 * @param overviews fewer rows, for people
 * @param summary the numbers that matter most, by name
 * @param pictures of the table, by the names of their files without endings; none where there is
 *     nothing to see
 */
public record Report(
    Table table,
    List<Table> overviews,
    SequencedMap<String, Object> summary,
    SequencedMap<String, Picture> pictures) {

  /** A report with one overview and without a picture. */
  Report(Table table, Table overview, SequencedMap<String, Object> summary) {
    this(table, List.of(overview), summary, Collections.emptyNavigableMap());
  }

  /** A report with one overview and one picture. */
  Report(Table table, Table overview, SequencedMap<String, Object> summary, Picture picture) {
    this(table, List.of(overview), summary, new LinkedHashMap<>(Map.of("results", picture)));
  }
}
