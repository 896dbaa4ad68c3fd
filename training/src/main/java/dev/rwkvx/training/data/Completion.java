package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A line {@code {"prompt": …, "completion": …}}, both taken as they are.
 *
 * @param prompt ids
 * @param completion the ids to come, at least one
 */
@SuppressWarnings("ArrayRecordComponent") // identity is meant
public record Completion(int[] prompt, int[] completion) {
  /**
   * Reads the first {@code most} lines of a file.
   *
   * @param file lines {@code {"prompt": …, "completion": …}}
   * @param tokenizer the model's vocabulary
   * @param most lines to read at most
   * @return the completions in their order
   * @throws InputException when a line is something else, or there is none
   * @throws IOException when a file cannot be read or written
   */
  public static List<Completion> read(Path file, Tokenizer tokenizer, int most) throws IOException {
    List<Completion> all = new ArrayList<>();
    try (JsonLines lines = new JsonLines(file)) {
      while (all.size() < most) {
        JsonNode line = lines.next();
        if (line == null) {
          break;
        }
        Completion next = of(line, lines, tokenizer);
        if (next.prompt.length == 0) {
          throw lines.error("expected some text in \"prompt\", found none");
        }
        all.add(next);
      }
    }
    if (all.isEmpty()) {
      throw new InputException(
          file + " is empty; expected lines {\"prompt\": …, \"completion\": …}");
    }
    return all;
  }

  static Completion of(JsonNode line, JsonLines lines, Tokenizer tokenizer) {
    String prompt = lines.text(line.get("prompt"), "\"prompt\"");
    String completion = lines.text(line.get("completion"), "\"completion\" beside \"prompt\"");
    if (completion.isEmpty()) {
      throw lines.error("expected some text in \"completion\", found none");
    }
    try {
      return new Completion(tokenizer.encode(prompt), tokenizer.encode(completion));
    } catch (InputException e) {
      throw lines.error(String.valueOf(e.getMessage()));
    }
  }
}
