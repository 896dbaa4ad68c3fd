package dev.rwkvx.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.rwkvx.generate.ChatFormat.Role;
import dev.rwkvx.generate.ChatFormat.Turn;
import dev.rwkvx.generate.ToolFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Messages of LangChain4j as turns of the chat format. Thoughts of earlier answers are left out.
 */
final class Conversation {
  private Conversation() {}

  /**
   * The turns of a conversation, its tools listed before the first that is not the system's.
   *
   * @throws UnsupportedFeatureException when a message is no text
   * @throws InvalidRequestException when the last message is not the user's or a tool's result
   */
  static List<Turn> turns(List<ChatMessage> messages, Tools tools) {
    if (messages.isEmpty()
        || !(messages.getLast() instanceof UserMessage
            || messages.getLast() instanceof ToolExecutionResultMessage)) {
      throw new InvalidRequestException(
          "The last message must be the user's or the result of a tool");
    }
    List<Turn> turns = new ArrayList<>();
    boolean listed = tools.isEmpty();
    for (ChatMessage message : messages) {
      if (!listed && !(message instanceof SystemMessage)) {
        turns.add(tools.listing());
        listed = true;
      }
      turns.add(turn(message));
    }
    turns.removeIf(turn -> turn.role() == Role.ASSISTANT && turn.text().isBlank());
    return turns;
  }

  /** One message as a turn. */
  static Turn turn(ChatMessage message) {
    return switch (message) {
      case SystemMessage system -> new Turn(Role.SYSTEM, system.text());
      case UserMessage user -> new Turn(Role.USER, text(user));
      case AiMessage answer -> new Turn(Role.ASSISTANT, text(answer));
      case ToolExecutionResultMessage result -> ToolFormat.output(result.text());
      default ->
          throw new UnsupportedFeatureException(
              "Messages of type %s are not supported".formatted(message.type()));
    };
  }

  private static String text(UserMessage message) {
    return message.contents().stream().map(Conversation::text).collect(Collectors.joining("\n"));
  }

  private static String text(Content content) {
    if (content instanceof TextContent text) {
      return text.text();
    }
    throw new UnsupportedFeatureException(
        "Content of type %s is not supported by a model of text"
            .formatted(content.type().name().toLowerCase(Locale.ROOT)));
  }

  private static String text(AiMessage answer) {
    Stream<String> said = Stream.ofNullable(answer.text());
    Stream<String> called =
        answer.hasToolExecutionRequests()
            ? Stream.of(Tools.fence(answer.toolExecutionRequests()))
            : Stream.empty();
    return Stream.concat(said, called).collect(Collectors.joining("\n"));
  }
}
