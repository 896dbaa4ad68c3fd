package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The texts of a file of lines {@code {"text": …}}; blank lines are passed over. */
final class TextLines {
  private final String source;
  private final BufferedReader reader;
  private final JsonMapper mapper;
  private long line;

  TextLines(String source, BufferedReader reader) {
    this.source = source;
    this.reader = reader;
    // A text may be a whole book.
    StreamReadConstraints limits =
        StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build();
    mapper =
        JsonMapper.builder(JsonFactory.builder().streamReadConstraints(limits).build()).build();
  }

  /**
   * The next text, or null at the end.
   *
   * @throws InputException when a line is something else
   */
  @Nullable String next() throws IOException {
    String json;
    do {
      json = reader.readLine();
      line++;
    } while (json != null && json.isBlank());
    return json == null ? null : text(json);
  }

  /** The ids of the text that {@link #next} gave last; errors name its line. */
  int[] encode(Tokenizer tokenizer, String text) {
    try {
      return tokenizer.encode(text);
    } catch (InputException e) {
      throw new InputException(source + " line " + line + ": " + e.getMessage(), e);
    }
  }

  private String text(String json) {
    try {
      JsonNode text = mapper.readTree(json).get("text");
      if (text != null && text.isString()) {
        return text.stringValue();
      }
    } catch (JacksonException e) {
      throw unusable("it is no JSON: " + e.getOriginalMessage());
    }
    throw unusable("it has no string \"text\"");
  }

  private InputException unusable(String reason) {
    return new InputException(
        source + " line " + line + ": expected {\"text\": …}, but " + Text.fromFile(reason));
  }
}
