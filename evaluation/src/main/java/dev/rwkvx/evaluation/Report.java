package dev.rwkvx.evaluation;

import dev.rwkvx.plots.Picture;
import dev.rwkvx.plots.Table;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What came out of an evaluation.
 *
 * @param table all results in rows, for programs
 * @param overview fewer rows, for people
 * @param summary the numbers that matter most, by name
 * @param picture of the table, where there is something to see
 */
public record Report(
    Table table, Table overview, SequencedMap<String, Object> summary, Optional<Picture> picture) {}
