package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.gate.GateHit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JournalTest {
  private static final Map<String, Object> SETTINGS = Map.of("seed", 3L, "lengths", List.of(1, 2));

  @TempDir private Path folder;

  private Journal<Answer> open(Map<String, Object> settings) {
    return Journal.open(folder.resolve("items.jsonl"), settings, Answer.class);
  }

  @Test
  void outcomesComeBackAsTheyWere() throws IOException {
    Answer answer =
        new Answer(List.of("7", "ä"), "\u0000\"\n\uD83D\uDE00", 1.0 / 3, Optional.empty());
    GateHit hit = new GateHit(3, 1.0 / 3, List.of(List.of(0.0, 1.0 / 3)));
    Answer gated = new Answer(List.of("7"), "8", 0, Optional.of(hit));
    try (Journal<Answer> journal = open(SETTINGS)) {
      journal.add(Map.of("a/1", answer));
    }
    Path file = folder.resolve("items.jsonl");
    assertThat(Files.readAllLines(file)).hasSize(2);
    Files.writeString(file, Files.readString(file) + "{\"item\":\"b\"");
    try (Journal<Answer> journal = open(SETTINGS)) {
      assertThat(journal.has("a/1")).isTrue();
      assertThat(journal.has("b")).isFalse();
      assertThat(journal.outcome("a/1")).isEqualTo(answer);
      journal.add(Map.of("b", gated));
    }
    try (Journal<Answer> journal = open(SETTINGS)) {
      assertThat(journal.outcome("b")).isEqualTo(gated);
    }
    assertThat(Files.readAllLines(file)).hasSize(3);
  }

  @Test
  void otherSettingsAreRefused() {
    open(SETTINGS).close();
    refused(Map.of("seed", 4L, "lengths", List.of(1, 2)), "with seed = 3; expected 4");
    refused(Map.of("lengths", List.of(1, 2)), "with seed = 3; expected null");
    refused(Map.of("seed", 3, "lengths", List.of(1)), "with lengths = [1,2]; expected [1]");
    open(Map.of("lengths", List.of(1, 2), "seed", 3)).close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          nonsense                            | line 2 is no JSON
          {"item": "a"}                       | line 2 is no outcome
          {"item": 1, "outcome": {}}          | line 2 is no outcome
          {"item": "a", "outcome": {"x": 1}}  | line 2 is no outcome
          []                                  | line 2 is no outcome
          """)
  void damagedLinesAreNamed(String line, String message) throws IOException {
    open(SETTINGS).close();
    Path file = folder.resolve("items.jsonl");
    String text = Files.readString(file) + line + "\n";
    Files.writeString(file, text);
    refused(SETTINGS, message);
    assertThat(file).hasContent(text);
  }

  @Test
  void otherFilesAreLeftAlone() throws IOException {
    Path file = Files.writeString(folder.resolve("items.jsonl"), "{\"text\": \"mine\"}\nrest");
    refused(SETTINGS, "another run");
    assertThat(file).hasContent("{\"text\": \"mine\"}\nrest");
    Files.writeString(file, "[1]\n");
    refused(SETTINGS, "another run");
  }

  private void refused(Map<String, Object> settings, String reason) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> open(settings))
        .withMessageContaining("items.jsonl")
        .withMessageContaining(reason);
  }
}
