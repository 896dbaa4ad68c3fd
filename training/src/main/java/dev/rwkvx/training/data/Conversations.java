package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.ChatFormat;
import dev.rwkvx.generate.ChatFormat.Role;
import dev.rwkvx.generate.ChatFormat.Turn;
import dev.rwkvx.tokenizer.Tokenizer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Conversations out of a file of lines {@code {"system": …, "conversations": [{"from": "user",
 * "value": …}, {"from": "assistant", "value": …}]}}, as tokens in the text form of {@link
 * ChatFormat}. What the assistant says counts in the loss, its blank line at the end included and
 * its heading {@code Assistant:} not. Token 0 follows and counts nothing.
 *
 * <p>Lines {@code {"prompt": …, "completion": …}} are taken as they are, without a format: the
 * completion counts, and so does token 0 behind it, which tells where it ends.
 */
final class Conversations implements Closeable {
  /** The tokens of a conversation, and which of them count as targets. */
  record Conversation(int[] tokens, BitSet counted) {}

  private final Tokenizer tokenizer;
  private final JsonLines lines;

  Conversations(Path file, Tokenizer tokenizer) throws IOException {
    this.tokenizer = tokenizer;
    lines = new JsonLines(file);
  }

  /**
   * The next conversation, or null at the end.
   *
   * @throws InputException when a line is something else
   */
  @Nullable Conversation next() throws IOException {
    JsonNode line = lines.next();
    if (line == null) {
      return null;
    }
    return line.has("prompt")
        ? completed(Completion.of(line, lines, tokenizer))
        : conversation(turns(line));
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  private Conversation completed(Completion line) {
    TokenBuffer tokens = new TokenBuffer();
    IntStream.concat(IntStream.of(line.prompt()), IntStream.of(line.completion()))
        .forEach(tokens::accept);
    tokens.accept(0);
    BitSet counted = new BitSet();
    counted.set(Math.max(1, line.prompt().length), tokens.size());
    return new Conversation(tokens.toArray(), counted);
  }

  private Conversation conversation(List<Turn> turns) {
    TokenBuffer tokens = new TokenBuffer();
    BitSet counted = new BitSet();
    try {
      for (Turn turn : turns) {
        int start = tokens.size();
        for (int token : ChatFormat.turn(turn, tokenizer)) {
          tokens.accept(token);
        }
        if (turn.role() == Role.ASSISTANT) {
          counted.set(start + ChatFormat.heading(turn.role(), tokenizer).length, tokens.size());
        }
      }
    } catch (InputException e) {
      throw lines.error(String.valueOf(e.getMessage()));
    }
    tokens.accept(0);
    return new Conversation(tokens.toArray(), counted);
  }

  private List<Turn> turns(JsonNode line) {
    List<Turn> turns = new ArrayList<>();
    JsonNode system = line.get("system");
    if (system != null && !system.isNull()) {
      String text = lines.text(system, "\"system\"");
      if (!text.isBlank()) {
        turns.add(new Turn(Role.SYSTEM, text));
      }
    }
    JsonNode conversations = line.get("conversations");
    if (conversations == null || !conversations.isArray()) {
      throw lines.error("expected a list \"conversations\"");
    }
    for (JsonNode turn : conversations) {
      turns.add(turn(turn));
    }
    if (turns.stream().noneMatch(turn -> turn.role() == Role.ASSISTANT)) {
      throw lines.error("expected a turn of the assistant, which is what is learnt");
    }
    return turns;
  }

  private Turn turn(JsonNode turn) {
    String from = lines.text(turn.get("from"), "\"from\" in every turn");
    Role role =
        switch (from) {
          case "user" -> Role.USER;
          case "assistant" -> Role.ASSISTANT;
          default -> throw lines.error("expected \"from\": user or assistant, found: " + from);
        };
    String text = lines.text(turn.get("value"), "\"value\" in every turn");
    if (text.isBlank()) {
      throw lines.error("expected some text in every turn, found a blank \"value\"");
    }
    return new Turn(role, text);
  }
}
