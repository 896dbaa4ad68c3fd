package dev.rwkvx.server.api;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.ChatFormat;
import dev.rwkvx.generate.ChatFormat.Role;
import dev.rwkvx.generate.ChatFormat.Thinking;
import dev.rwkvx.generate.ChatFormat.Turn;
import dev.rwkvx.generate.ToolFormat;
import dev.rwkvx.server.http.ApiException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The messages of a chat as turns of the models' own format. */
final class Messages {
  private Messages() {}

  /**
   * The turns of a conversation.
   *
   * @throws ApiException when a message is of another shape
   */
  static List<Turn> turns(Fields fields) {
    List<JsonNode> messages = fields.list("messages");
    if (messages.isEmpty()) {
      throw ApiException.badRequest("messages", "'messages' is missing or empty");
    }
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      turns.add(turn(Fields.of(messages.get(i), "messages[" + i + "]")));
    }
    return turns;
  }

  private static Turn turn(Fields message) {
    String role = message.requiredText("role");
    Turn turn =
        switch (role) {
          case "system", "developer" -> new Turn(Role.SYSTEM, content(message));
          case "user" -> new Turn(Role.USER, content(message));
          case "assistant" -> new Turn(Role.ASSISTANT, answer(message));
          case "tool" -> ToolFormat.output(content(message));
          default ->
              throw ApiException.badRequest(
                  message.path("role"),
                  "'%s' must be system, developer, user, assistant or tool"
                      .formatted(message.path("role")));
        };
    message.done(
        role.equals("tool") ? Set.of("tool_call_id", "name") : Set.of("name", "refusal", "audio"));
    return turn;
  }

  private static String answer(Fields message) {
    String text = text(message).orElse("");
    Optional<String> calls = Tools.callsText(message);
    if (calls.isEmpty()) {
      return text;
    }
    return text.isBlank() ? calls.get() : text + "\n" + calls.get();
  }

  private static String content(Fields message) {
    return text(message).orElseThrow(() -> message.missing("content"));
  }

  /** A string, or parts that are all text. */
  private static Optional<String> text(Fields message) {
    Optional<JsonNode> content = message.node("content");
    if (content.isEmpty()) {
      return Optional.empty();
    }
    String path = message.path("content");
    if (content.get().isString()) {
      return Optional.of(content.get().stringValue());
    }
    StringBuilder text = new StringBuilder();
    int index = 0;
    for (JsonNode node : Fields.list(content.get(), path)) {
      Fields part = Fields.of(node, path + "[" + index++ + "]");
      String type = part.requiredText("type");
      if (!type.equals("text")) {
        throw ApiException.badRequest(
            part.path("type"),
            "'%s' is %s; this model reads text only".formatted(part.path("type"), type));
      }
      text.append(part.requiredText("text"));
      part.done(Set.of());
    }
    return Optional.of(text.toString());
  }

  /**
   * The prompt that asks for the next answer, with marks behind the System turns, which other
   * conversations may share, and before the last turn, which may be written anew.
   *
   * @param opening text that the answer begins with, or nothing
   */
  static Prompt prompt(List<Turn> turns, Thinking thinking, String opening, Tokens tokens) {
    try {
      int[] prompt = ChatFormat.prompt(turns, thinking, tokens.tokenizer());
      int[] begun = tokens.tokenizer().encode(opening);
      int[] all = Arrays.copyOf(prompt, prompt.length + begun.length);
      System.arraycopy(begun, 0, all, prompt.length, begun.length);
      int system = 0;
      int history = 0;
      boolean leading = true;
      for (Turn turn : turns.subList(0, turns.size() - 1)) {
        history += ChatFormat.turn(turn, tokens.tokenizer()).length;
        leading &= turn.role() == Role.SYSTEM;
        system = leading ? history : system;
      }
      return new Prompt(all, new int[] {system, history});
    } catch (InputException e) {
      throw ApiException.badRequest("messages", String.valueOf(e.getMessage()));
    }
  }
}
