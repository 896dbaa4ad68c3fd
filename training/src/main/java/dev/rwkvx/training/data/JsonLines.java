package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A file with a JSON object in every line; blank lines are passed over. */
public final class JsonLines implements Closeable {
  private static final int SHOWN = 200;

  private final Path file;
  private final ByteLines lines;
  private final JsonMapper mapper;

  /**
   * Opens a file; to be closed by the caller.
   *
   * @param file UTF-8, an object a line
   * @throws IOException when it cannot be opened
   */
  public JsonLines(Path file) throws IOException {
    this.file = file;
    // A text may be a whole book.
    StreamReadConstraints limits =
        StreamReadConstraints.builder().maxStringLength(ByteLines.LONGEST).build();
    mapper =
        JsonMapper.builder(JsonFactory.builder().streamReadConstraints(limits).build()).build();
    lines = new ByteLines(file);
  }

  /**
   * The next object, or null at the end.
   *
   * @return the next object, or null at the end
   * @throws InputException when a line is something else
   * @throws IOException when the file cannot be read
   */
  public @Nullable JsonNode next() throws IOException {
    do {
      if (!lines.next()) {
        return null;
      }
    } while (lines.isBlank());
    JsonNode node;
    try {
      node = mapper.readTree(lines.bytes(), 0, lines.lengthWithoutEnd());
    } catch (JacksonException e) {
      throw error("expected a JSON object, but " + e.getOriginalMessage());
    }
    if (!node.isObject()) {
      throw error("expected a JSON object, found something else");
    }
    return node;
  }

  /** {@return the number of the current line, from 1} */
  public long number() {
    return lines.number();
  }

  /** The place in the file after the current line. */
  long position() {
    return lines.position();
  }

  /**
   * The string that a part of the current line should be.
   *
   * @param node a part of the current object; null when it is not there
   * @param what the end of the message, behind {@code expected a string}
   * @return the string
   * @throws InputException when it is something else
   */
  public String text(@Nullable JsonNode node, String what) {
    if (node == null || !node.isString()) {
      throw error("expected a string " + what);
    }
    return node.stringValue();
  }

  /**
   * {@return what is wrong with the current line, fit for a terminal}
   *
   * @param problem what is wrong, in words
   */
  public InputException error(String problem) {
    String shown = problem.length() > SHOWN ? problem.substring(0, SHOWN) + "…" : problem;
    return new InputException(
        "%s, line %d: %s"
            .formatted(file, number(), shown.replaceAll("[\\p{Cntrl}\\p{Cs}]", "\uFFFD")));
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
