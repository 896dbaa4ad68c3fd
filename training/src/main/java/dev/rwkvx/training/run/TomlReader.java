package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Trees of TOML texts from anywhere: of bounded size and depth, without zero bytes. */
final class TomlReader {
  private static final long LARGEST_FILE = 1 << 20;
  private static final int MOST_QUOTED = 200;

  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
  private static final Pattern CONTROL_IN_FILES = Pattern.compile("[\\p{Cntrl}&&[^\t\n\r]]");

  private final TomlMapper mapper;

  TomlReader(TomlMapper mapper) {
    this.mapper = mapper;
  }

  /**
   * The text of a file.
   *
   * @throws InputException when it cannot be read, is no text or is too large
   */
  static String content(Path file) {
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw new InputException(file + " is no file; expected a configuration in TOML");
      }
      if (Files.size(file) > LARGEST_FILE) {
        throw new InputException(
            "%s has %d bytes; a configuration has at most %d"
                .formatted(file, Files.size(file), LARGEST_FILE));
      }
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": no such file; expected a configuration in TOML", e);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read as a text: " + e.getMessage(), e);
    }
  }

  /**
   * The tables of a text; the library bounds their depth.
   *
   * @throws InputException when it is no TOML, or has control characters
   */
  ObjectNode tree(String text, String source) {
    Matcher control = CONTROL_IN_FILES.matcher(text);
    if (control.find()) {
      long line = text.substring(0, control.start()).lines().count();
      throw new InputException(
          "%s, line %d: has the control character U+%04X; expected a text"
              .formatted(source, Math.max(1, line), (int) text.charAt(control.start())));
    }
    try {
      ObjectNode tree = (ObjectNode) mapper.readTree(text);
      check(tree, "", source);
      return tree;
    } catch (JacksonException e) {
      TokenStreamLocation place = e.getLocation();
      throw new InputException(
          "%s%s: is no TOML: %s"
              .formatted(
                  source,
                  place == null ? "" : ", line " + place.getLineNr(),
                  flat(e.getOriginalMessage())),
          e);
    }
  }

  /**
   * Refuses what no configuration has, and the library takes for something else: lists of lists. An
   * escape may stand for the byte that ends names of files.
   */
  private static void check(JsonNode node, String key, String source) {
    if (key.indexOf('\0') >= 0 || node.asString("").indexOf('\0') >= 0) {
      throw new InputException(
          "%s: %s has the character U+0000; expected none".formatted(source, flat(key)));
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      check(entry.getValue(), key.isEmpty() ? entry.getKey() : key + "." + entry.getKey(), source);
    }
    if (node.isArray()) {
      for (JsonNode element : node.values()) {
        if (element.isContainer()) {
          throw new InputException(
              "%s: %s: expected a list such as [\"a\", \"b\"], found one of lists or tables"
                  .formatted(source, flat(key)));
        }
        check(element, key, source);
      }
    }
  }

  /** One line of bounded length without control characters. */
  static String flat(@Nullable String text) {
    String line =
        CONTROL.matcher(String.valueOf(text).replaceAll("\\s+", " ")).replaceAll("\uFFFD");
    return line.length() > MOST_QUOTED ? line.substring(0, MOST_QUOTED) + "…" : line;
  }
}
