package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import dev.rwkvx.io.LineFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The outcomes of finished items, by the names of the items; in a file or in memory only.
 *
 * <p>The file is JSON lines: first {@code {"evaluation": …}} with all settings of the run, then
 * {@code {"item": …, "outcome": {…}}} for each finished item, written as soon as it is there.
 *
 * @param <T> a record of numbers, texts and lists of these
 */
public final class Journal<T> implements AutoCloseable {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(
              DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
              DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  private record Line(String item, @Nullable Object outcome) {}

  private final Map<String, T> outcomes = new LinkedHashMap<>();
  private final @Nullable LineFile file;

  private Journal(@Nullable LineFile file) {
    this.file = file;
  }

  /**
   * {@return an empty journal without a file}
   *
   * @param <T> what is found out about an item: a record that JSON can hold
   */
  public static <T> Journal<T> inMemory() {
    return new Journal<>(null);
  }

  /**
   * Opens a file, or begins a new one.
   *
   * @param <T> what is found out about an item: a record that JSON can hold
   * @param file lines of JSON
   * @param settings all that decides the outcomes: texts, numbers, truth values and lists of these
   * @param type what outcomes are
   * @return the journal, with what earlier runs finished; to be closed by the caller
   * @throws InputException when the file holds a run with other settings, or something else
   */
  public static <T> Journal<T> open(Path file, Map<String, Object> settings, Class<T> type) {
    JsonNode header = MAPPER.readTree(MAPPER.writeValueAsString(settings));
    try {
      List<String> lines = Files.exists(file) ? wholeLines(file) : List.of();
      if (!lines.isEmpty()) {
        requireSame(file, parse(file, lines.getFirst(), 1), header);
      }
      Map<String, T> known = outcomes(file, lines, type);
      Journal<T> journal = new Journal<>(LineFile.open(file));
      journal.outcomes.putAll(known);
      if (lines.isEmpty()) {
        journal.write(List.of(header.toString()));
      }
      return journal;
    } catch (IOException e) {
      throw new InputException(file + ": cannot be used for results (" + e + ")", e);
    }
  }

  private static List<String> wholeLines(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }

  private static JsonNode parse(Path file, String line, int number) {
    try {
      return MAPPER.readTree(line);
    } catch (JacksonException e) {
      throw new InputException("%s: line %d is no JSON".formatted(file, number), e);
    }
  }

  private static void requireSame(Path file, JsonNode found, JsonNode wanted) {
    TreeSet<String> names = new TreeSet<>(found.propertyNames());
    names.addAll(wanted.propertyNames());
    for (String name : names) {
      if (!String.valueOf(found.get(name)).equals(String.valueOf(wanted.get(name)))) {
        throw new InputException(
            "%s holds the results of another run, with %s = %s; expected %s, or another folder"
                .formatted(file, name, found.get(name), wanted.get(name)));
      }
    }
  }

  private static <T> Map<String, T> outcomes(Path file, List<String> lines, Class<T> type) {
    Map<String, T> outcomes = new LinkedHashMap<>();
    for (int i = 1; i < lines.size(); i++) {
      JsonNode line = parse(file, lines.get(i), i + 1);
      try {
        outcomes.put(
            line.required("item").stringValue(),
            MAPPER.treeToValue(line.required("outcome"), type));
      } catch (JacksonException e) {
        throw new InputException(
            "%s: line %d is no outcome of this evaluation".formatted(file, i + 1), e);
      }
    }
    return outcomes;
  }

  /**
   * {@return the outcome of an item}
   *
   * @param item the name of an item
   * @throws IllegalStateException when it is not finished
   */
  public T outcome(String item) {
    T outcome = outcomes.get(item);
    if (outcome == null) {
      throw new IllegalStateException("no outcome of " + item);
    }
    return outcome;
  }

  /**
   * {@return whether an item is finished}
   *
   * @param item the name of an item
   */
  public boolean has(String item) {
    return outcomes.containsKey(item);
  }

  /**
   * Adds outcomes; they are on the device before this returns.
   *
   * @param more outcomes by item
   */
  public void add(Map<String, T> more) {
    outcomes.putAll(more);
    write(
        more.entrySet().stream()
            .map(entry -> MAPPER.writeValueAsString(new Line(entry.getKey(), entry.getValue())))
            .toList());
  }

  private void write(List<String> lines) {
    if (file != null && !lines.isEmpty()) {
      try {
        file.append(lines);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
