package dev.rwkvx.generate;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The text form of conversations that the published RWKV-7 World and G1 models were trained on:
 *
 * <pre>
 * System: …
 *
 * User: …
 *
 * Assistant: …
 * </pre>
 *
 * A blank line ends a turn, so there is none inside of one. The heading with its colon, the text
 * with the space before it, and the blank line are each encoded on their own: the blank line is
 * then the same token always, whatever stands before it, and an answer follows the same tokens
 * while it is written and when it is read again.
 */
public final class ChatFormat {
  /** Ends every turn. */
  public static final String END_OF_TURN = "\n\n";

  private static final String THINK = " <think";

  /** Who speaks. */
  public enum Role {
    /** Says how the assistant should behave, or which tools there are. */
    SYSTEM("System:"),
    /** Asks, and brings what tools gave. */
    USER("User:"),
    /** The model. */
    ASSISTANT("Assistant:");

    private final String heading;

    Role(String heading) {
      this.heading = heading;
    }
  }

  /**
   * What somebody says.
   *
   * @param role who says it
   * @param text what is said; blank lines inside become single line ends, white space around it is
   *     dropped
   */
  public record Turn(Role role, String text) {}

  /** Whether the G1 models think before they answer. World models know {@link #OFF} only. */
  public enum Thinking {
    /** No word about thoughts. */
    OFF("", ""),
    /** Answers in the style of a thinking model, without thoughts. */
    EMPTY("", THINK + "></think"),
    /** Thinks as it likes. */
    ON("", THINK),
    /** Thinks because it is told to. */
    ASKED(" (think)", THINK),
    /** Thinks briefly. */
    SHORT(" (think a bit)", THINK),
    /** Thinks at length. */
    LONG(" (think a lot)", THINK);

    private final String request;
    private final String opening;

    Thinking(String request, String opening) {
      this.request = request;
      this.opening = opening;
    }

    /** {@return what the prompt has after {@code Assistant:}; an answer goes on from there} */
    public String opening() {
      return opening;
    }
  }

  private ChatFormat() {}

  /**
   * {@return the tokens that ask for an answer: the turns, then the heading of the assistant}
   *
   * @param turns the last one is the user's
   * @param thinking whether a G1 model thinks first; {@link Thinking#OFF} for World models
   * @param tokenizer the model's vocabulary
   * @throws InputException when there is no turn or the last one has no text
   */
  public static int[] prompt(List<Turn> turns, Thinking thinking, Tokenizer tokenizer) {
    if (turns.isEmpty() || clean(turns.getLast().text()).isEmpty()) {
      throw new InputException("The message is empty; expected some text");
    }
    IntStream.Builder tokens = IntStream.builder();
    for (Turn turn : turns.subList(0, turns.size() - 1)) {
      add(turn, "", tokenizer, tokens);
    }
    add(turns.getLast(), thinking.request, tokenizer, tokens);
    add(Role.ASSISTANT.heading, tokenizer, tokens);
    add(thinking.opening, tokenizer, tokens);
    return tokens.build().toArray();
  }

  /**
   * {@return the tokens of one turn, its end included}
   *
   * @param turn who says what
   * @param tokenizer the model's vocabulary
   */
  public static int[] turn(Turn turn, Tokenizer tokenizer) {
    IntStream.Builder tokens = IntStream.builder();
    add(turn, "", tokenizer, tokens);
    return tokens.build().toArray();
  }

  /**
   * {@return the tokens that a turn begins with: who speaks}
   *
   * @param role who is to speak
   * @param tokenizer the model's vocabulary
   */
  public static int[] heading(Role role, Tokenizer tokenizer) {
    return tokenizer.encode(role.heading);
  }

  private static void add(
      Turn turn, String request, Tokenizer tokenizer, IntStream.Builder tokens) {
    add(turn.role().heading, tokenizer, tokens);
    add(" " + clean(turn.text()) + request, tokenizer, tokens);
    add(END_OF_TURN, tokenizer, tokens);
  }

  private static void add(String text, Tokenizer tokenizer, IntStream.Builder tokens) {
    for (int token : tokenizer.encode(text)) {
      tokens.add(token);
    }
  }

  /** The text without white space around it and without blank lines. */
  static String clean(String text) {
    return text.replaceAll("\\R", "\n").replaceAll("\n\\s*\n", "\n").strip();
  }
}
