package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.Printable;
import dev.rwkvx.generate.ChatFormat.Thinking;
import dev.rwkvx.generate.ChatSession;
import dev.rwkvx.generate.Generation;
import dev.rwkvx.generate.ModelContext;
import dev.rwkvx.generate.Sampler;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** Reads messages and commands, and shows the answers. */
final class ChatLoop {
  private static final String HELP =
      """
      /reset         forget all turns but the System turn
      /system TEXT   start over with a System turn, without TEXT with none
      /save FILE     save the conversation
      /load FILE     go on with a saved conversation
      /help          this list
      /quit          end, as Ctrl-D does
      Ctrl-C         stop an answer
      Everything else is a message to the model; one that begins with / is written with a space first.
      """;

  private final ChatScreen screen;
  private final ChatSession session;
  private final ModelContext context;
  private final Sampler sampler;
  private final Thinking thinking;
  private final int maxTokens;
  private final AtomicBoolean interrupted;

  ChatLoop(
      ChatScreen screen,
      ChatSession session,
      ModelContext context,
      Sampler sampler,
      Thinking thinking,
      int maxTokens,
      AtomicBoolean interrupted) {
    this.screen = screen;
    this.session = session;
    this.context = context;
    this.sampler = sampler;
    this.thinking = thinking;
    this.maxTokens = maxTokens;
    this.interrupted = interrupted;
  }

  /** Goes on until the end of the input or {@code /quit}. */
  void run() throws IOException {
    for (String line = screen.readLine(); line != null; line = screen.readLine()) {
      if (line.strip().equals("/quit")) {
        return;
      }
      try {
        if (line.startsWith("/")) {
          command(line.strip());
        } else if (!line.isBlank()) {
          answer(line);
        }
      } catch (InputException problem) {
        screen.print("(" + problem.getMessage() + ")\n");
      }
    }
  }

  private void command(String line) {
    String[] words = line.split("\\s+", 2);
    String argument = words.length > 1 ? words[1] : "";
    switch (words[0]) {
      case "/reset" -> {
        session.startOver();
        screen.print("(forgotten)\n");
      }
      case "/system" -> {
        session.startWithSystem(argument);
        screen.print(argument.isEmpty() ? "(no System turn)\n" : "(System turn read)\n");
      }
      case "/save" -> {
        context.save(file(words[0], argument));
        screen.print("(saved, %s)\n".formatted(Text.bytes(context.state().bytes())));
      }
      case "/load" -> {
        context.load(file(words[0], argument));
        screen.print("(loaded, %s tokens)\n".formatted(Text.count(context.state().position())));
      }
      case "/help" -> screen.print(HELP);
      default -> throw new InputException("There is no command " + words[0] + "; /help lists them");
    }
  }

  private static Path file(String command, String name) {
    if (name.isEmpty()) {
      throw new InputException(command + " needs the name of a file");
    }
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new InputException(name + " is no file name", e);
    }
  }

  private void answer(String message) {
    interrupted.set(false);
    screen.print("Assistant:");
    Generation generation =
        session.ask(
            message,
            thinking,
            sampler,
            maxTokens,
            piece -> screen.print(Printable.text(piece)),
            interrupted::get);
    screen.print(note(generation) + "\n\n");
  }

  private static String note(Generation generation) {
    return switch (generation.end()) {
      case LENGTH -> " (cut: --max-tokens)";
      case CANCELLED ->
          generation.tokens() > 0 ? " (stopped)" : " (stopped; the message is forgotten)";
      case STOP_TOKEN, STOP_STRING -> "";
    };
  }
}
