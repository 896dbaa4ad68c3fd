package dev.rwkvx.evaluation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** A reader of bytes that says what a script wants, and counts what it reads. */
final class Scripted implements PromptReader {
  private final Function<Prompt, String> script;
  private final int most;
  private final List<String> read = new ArrayList<>();

  /** Thrown where a script ends. */
  static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  Scripted(Function<Prompt, String> script) {
    this(script, Integer.MAX_VALUE);
  }

  /**
   * @param most prompts to read before it stops in the middle
   */
  Scripted(Function<Prompt, String> script, int most) {
    this.script = script;
    this.most = most;
  }

  /** What was read, as text. */
  List<String> read() {
    return read;
  }

  @Override
  public <P extends Prompt> void read(
      List<P> prompts, Consumer<List<P>> finished, EvaluationListener listener) {
    for (P prompt : prompts) {
      if (read.size() == most) {
        throw new Stopped();
      }
      read.add(Models.BYTES.decodeToString(prompt.tokens()));
      byte[] says = script.apply(prompt).getBytes(StandardCharsets.UTF_8);
      for (int i = 0; true; i++) {
        float[] logits = new float[256];
        logits[i < says.length ? says[i] & 0xff : '.'] = 20;
        if (prompt.next(logits) == Prompt.END) {
          break;
        }
      }
      finished.accept(List.of(prompt));
    }
  }
}
