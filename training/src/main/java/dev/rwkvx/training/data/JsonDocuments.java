package dev.rwkvx.training.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The texts of a file of lines such as {@code {"text": …}}. */
final class JsonDocuments implements DocumentReader {
  private final Path file;
  private final String field;
  private final long before;
  private final JsonLines lines;

  JsonDocuments(Path file, String field, long before) throws IOException {
    this.file = file;
    this.field = field;
    this.before = before;
    lines = new JsonLines(file);
  }

  @Override
  public @Nullable Document next() throws IOException {
    JsonNode line = lines.next();
    if (line == null) {
      return null;
    }
    JsonNode text = line.get(field);
    if (text == null || !text.isString()) {
      throw lines.error("expected a string \"" + field + "\"");
    }
    byte[] bytes = text.stringValue().getBytes(StandardCharsets.UTF_8);
    var place = new Document.Place("line", lines.number());
    return new Document(bytes, 0, bytes.length, file, place, before + lines.position());
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
