package dev.rwkvx.server.api;

import java.util.Optional;

/**
 * What a client sees of an answer: its text without the space in front, or the call of a function
 * that it turns out to be.
 */
final class AnswerText {
  private final Tools tools;
  private final StringBuilder held = new StringBuilder();
  private boolean begun;
  private Optional<Tools.Call> call = Optional.empty();

  /**
   * @param opening what the prompt has of the answer already
   */
  AnswerText(Tools tools, String opening) {
    this.tools = tools;
    held.append(opening);
  }

  /** Takes a piece and returns what is certain to be text. */
  String append(String piece) {
    held.append(piece);
    if (!begun) {
      held.delete(0, held.length() - held.toString().stripLeading().length());
      boolean undecided =
          tools.choice() == Tools.Choice.REQUIRED
              || tools.choice() == Tools.Choice.AUTO && Tools.mayBeCall(held.toString());
      if (held.isEmpty() || undecided) {
        return "";
      }
      begun = true;
    }
    return release();
  }

  /** The rest of the text, unless it is a call. */
  String end() {
    if (!begun && tools.choice() != Tools.Choice.NONE) {
      call = tools.call(held.toString());
    }
    return call.isPresent() ? "" : release();
  }

  /** The call that the answer is; after the end. */
  Optional<Tools.Call> call() {
    return call;
  }

  private String release() {
    String text = held.toString();
    held.setLength(0);
    return text;
  }
}
