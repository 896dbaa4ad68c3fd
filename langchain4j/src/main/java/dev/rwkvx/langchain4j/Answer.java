package dev.rwkvx.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.rwkvx.generate.GenerationListener;
import java.util.List;

/**
 * Takes the text of an answer as it is written and tells thoughts, words and tool calls apart:
 * {@code <think>…</think>}, then either text or a {@code json} code fence. White space around the
 * text is dropped. What may yet become something else is held back.
 */
final class Answer implements GenerationListener {
  private static final String THOUGHTS = "<think>";
  private static final String END_OF_THOUGHTS = "</think>";

  private enum Part {
    UNDECIDED,
    THOUGHTS,
    TEXT,
    CALL
  }

  private final Tools tools;
  private final AnswerListener listener;
  private final StringBuilder held = new StringBuilder();
  private final StringBuilder thoughts = new StringBuilder();
  private final StringBuilder text = new StringBuilder();
  private List<ToolExecutionRequest> calls = List.of();
  private Part part = Part.UNDECIDED;
  private boolean silent = true;

  /**
   * @param opening what the prompt has after {@code Assistant:}, where the answer begins
   */
  Answer(String opening, Tools tools, AnswerListener listener) {
    this.tools = tools;
    this.listener = listener;
    held.append(opening);
  }

  @Override
  public void onText(String piece) {
    silent = false;
    held.append(piece);
    Part before;
    do {
      before = part;
      read();
    } while (part != before);
  }

  private void read() {
    switch (part) {
      case UNDECIDED -> decide();
      case THOUGHTS -> think();
      case TEXT -> say(held.toString().stripTrailing().length());
      case CALL -> {}
    }
  }

  private void decide() {
    String start = held.toString().stripLeading();
    if (start.startsWith(THOUGHTS)) {
      hold(start.substring(THOUGHTS.length()));
      part = Part.THOUGHTS;
    } else if (tools.areCalledBy(start)) {
      part = Part.CALL;
    } else if (!THOUGHTS.startsWith(start) && !tools.mayBeCalledBy(start)) {
      hold(start);
      part = Part.TEXT;
    }
  }

  private void hold(String rest) {
    held.replace(0, held.length(), rest);
  }

  private void think() {
    if (thoughts.isEmpty()) {
      hold(held.toString().stripLeading());
    }
    int end = held.indexOf(END_OF_THOUGHTS);
    if (end >= 0) {
      think(held.substring(0, end).stripTrailing());
      held.delete(0, end + END_OF_THOUGHTS.length());
      part = Part.UNDECIDED;
      return;
    }
    int certain = certainThoughts();
    think(held.substring(0, certain));
    held.delete(0, certain);
  }

  /** How much of what is held is neither the beginning of their end nor space before it. */
  private int certainThoughts() {
    int certain = held.length();
    for (int at = Math.max(0, held.length() - END_OF_THOUGHTS.length()); at < certain; at++) {
      if (END_OF_THOUGHTS.startsWith(held.substring(at))) {
        certain = at;
      }
    }
    while (certain > 0 && Character.isWhitespace(held.charAt(certain - 1))) {
      certain--;
    }
    return certain;
  }

  private void think(String piece) {
    if (!piece.isEmpty()) {
      thoughts.append(piece);
      listener.onThought(piece);
    }
  }

  private void say(int length) {
    if (length > 0) {
      String piece = held.substring(0, length);
      held.delete(0, length);
      text.append(piece);
      listener.onText(piece);
    }
  }

  /** The message, when all of it has come. */
  AiMessage finish() {
    if (silent) {
      // The opening is no word of the model's.
      hold("");
    }
    switch (part) {
      case THOUGHTS -> think(held.toString().stripTrailing());
      case CALL -> call();
      case UNDECIDED, TEXT -> {
        hold(held.toString().strip());
        say(held.length());
      }
    }
    AiMessage.Builder message = AiMessage.builder().toolExecutionRequests(calls);
    if (calls.isEmpty() || !text.isEmpty()) {
      message.text(text.toString());
    }
    if (!thoughts.isEmpty()) {
      message.thinking(thoughts.toString());
    }
    return message.build();
  }

  /** The calls in the code fence; if they are none, what stands there is text. */
  private void call() {
    String fence = held.toString().strip();
    calls = tools.callsIn(fence);
    for (int i = 0; i < calls.size(); i++) {
      listener.onCall(i, calls.get(i));
    }
    if (calls.isEmpty()) {
      hold(fence);
      say(held.length());
    }
  }
}
