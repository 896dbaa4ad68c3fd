package dev.rwkvx.spark;

import dev.rwkvx.generate.TextModel;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A small random model over bytes, a corpus, and a way to run commands. */
final class Fixture {
  static final JsonMapper JSON = new JsonMapper();
  static final int ROWS = 23;

  private Fixture() {}

  static Path model(Path folder) throws IOException {
    Path file = folder.resolve("model.safetensors");
    Config config = new Config(256, 32, 16, 2, 1, 8, 2);
    Conversion.run(
        RandomModel.create(config, WeightType.F32, 3),
        file,
        new Conversion.Target.Same(),
        Map.of());
    return file;
  }

  static TextModel open(Path file) {
    return TextModel.open(file, ModelOptions.defaults().withThreads(1));
  }

  /** A row of the corpus; rows 5 and 6 have the same prompt. */
  static String prompt(int row) {
    return "Chapter " + (row == 6 ? 5 : row) + ": the " + "sea ".repeat(row % 7);
  }

  static Path corpus(Path folder) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      lines.add(JSON.writeValueAsString(Map.of("id", i, "prompt", prompt(i))));
    }
    return Files.write(folder.resolve("corpus.jsonl"), lines);
  }

  /**
   * What a command did.
   *
   * @param code its exit code
   */
  record Ran(int code, String out, String err) {}

  static Ran run(Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Stream.of(arguments).map(String::valueOf).toArray(String[]::new));
    return new Ran(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** The rows in a folder of JSON lines, in no order. */
  static List<JsonNode> rows(Path out) throws IOException {
    try (Stream<Path> files = Files.walk(out)) {
      return files
          .filter(file -> file.getFileName().toString().matches("part-.*\\.json"))
          .flatMap(Fixture::lines)
          .map(JSON::readTree)
          .toList();
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same by their ids; fails when there are two with the same. */
  static Map<Integer, JsonNode> byId(Path out) throws IOException {
    return rows(out).stream()
        .collect(Collectors.toMap(row -> row.get("id").intValue(), Function.identity()));
  }
}
