package dev.rwkvx.training.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The texts of a file of lines such as {@code {"text": …}}. Lines may have {@code "answers":
 * [[from, to], …]}: the bytes of the text in UTF-8, from 0, that are answers, in ascending order.
 */
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
    List<Span> answers = answers(line.get("answers"), bytes.length);
    return new Document(bytes, 0, bytes.length, file, place, before + lines.position(), answers);
  }

  private List<Span> answers(@Nullable JsonNode pairs, int length) {
    List<Span> answers = new ArrayList<>();
    if (pairs == null) {
      return answers;
    }
    if (!pairs.isArray()) {
      throw lines.error("expected \"answers\": [[from, to], …]");
    }
    int last = 0;
    for (JsonNode pair : pairs) {
      if (pair.size() != 2 || !pair.path(0).isInt() || !pair.path(1).isInt()) {
        throw lines.error("expected \"answers\": [[from, to], …], found " + pair);
      }
      int from = pair.get(0).intValue();
      int to = pair.get(1).intValue();
      if (from < last || to <= from || to > length) {
        throw lines.error(
            "answer %s is no span of its %d bytes of text behind byte %d"
                .formatted(pair, length, last));
      }
      answers.add(new Span(from, to));
      last = to;
    }
    return answers;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
