package dev.rwkvx.generate;

import dev.rwkvx.generate.ChatFormat.Role;
import dev.rwkvx.generate.ChatFormat.Thinking;
import dev.rwkvx.generate.ChatFormat.Turn;
import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * A conversation of many turns in one context: each token is read once, however long the history.
 *
 * <p>Between two calls the context has read whole turns only, exactly the tokens of a transcript in
 * the {@link ChatFormat}. An answer is in it with the tokens that were drawn. What the generator
 * drew last is not read yet, and may run past the answer's end; so at the end of an answer the rest
 * of its text is encoded and read, without white space at its end, and then the blank line, or the
 * second half of it where the first was read as part of the answer.
 */
public final class ChatSession {
  private final Context context;
  private final Tokenizer tokenizer;
  private final Generator generator;
  private final float[] logits;
  private String system = "";

  /**
   * Goes on with whatever turns the context has read.
   *
   * @param context takes the turns; stays the caller's to close
   * @param tokenizer the model's vocabulary
   * @throws dev.rwkvx.InputException when the vocabulary does not fit the model
   */
  public ChatSession(Context context, Tokenizer tokenizer) {
    this.context = context;
    this.tokenizer = tokenizer;
    generator = new Generator(context, tokenizer);
    logits = new float[context.vocabulary()];
  }

  /**
   * Starts over with a System turn, or with none if the text is blank.
   *
   * @param text what the model should do in all answers
   */
  public void startWithSystem(String text) {
    system = ChatFormat.clean(text);
    startOver();
  }

  /** Forgets all turns but the System turn. */
  public void startOver() {
    context.reset();
    if (!system.isEmpty()) {
      read(ChatFormat.turn(new Turn(Role.SYSTEM, system), tokenizer));
    }
  }

  /**
   * Asks for an answer. When the message is still being read as {@code cancelled} becomes true, or
   * anything fails, the conversation is as it was before; a later cancellation ends the answer.
   *
   * @param message the user's next turn
   * @param thinking whether a G1 model thinks first; {@link Thinking#OFF} for World models
   * @param sampler draws the tokens; what it drew for earlier answers counts for no penalty
   * @param maxTokens after which the answer ends in any case, at least 1
   * @param listener hears the answer, beginning with {@link Thinking#opening()}
   * @param cancelled asked between tokens; true ends the answer
   * @return why the answer ended, how long it is and how fast it was
   * @throws dev.rwkvx.InputException when the message is empty
   */
  public Generation ask(
      String message,
      Thinking thinking,
      Sampler sampler,
      int maxTokens,
      GenerationListener listener,
      BooleanSupplier cancelled) {
    int[] prompt = ChatFormat.prompt(List.of(new Turn(Role.USER, message)), thinking, tokenizer);
    GenerationOptions options =
        new GenerationOptions(
            maxTokens, List.of(ChatFormat.END_OF_TURN), Set.of(GenerationOptions.END_OF_DOCUMENT));
    Answer answer = new Answer(tokenizer, thinking.opening(), listener);
    sampler.forgetTokens();
    context.mark();
    boolean answered = false;
    try {
      Generation generation = generator.generate(prompt, sampler, options, answer, cancelled);
      if (generation.end() != End.CANCELLED || generation.tokens() > 0) {
        endTurn(answer, generation.end() == End.STOP_TOKEN);
        answered = true;
      }
      return generation;
    } finally {
      if (!answered) {
        context.rewind();
      }
    }
  }

  private void endTurn(Answer answer, boolean allRead) {
    byte[] bytes = answer.bytes.toByteArray();
    int read = allRead ? bytes.length : answer.beforeLast;
    int end = endOfAnswer(bytes);
    while (end > read && Character.isWhitespace(bytes[end - 1])) {
      end--;
    }
    if (end > read) {
      read(tokenizer.encode(Arrays.copyOfRange(bytes, read, end)));
      read(tokenizer.encode(ChatFormat.END_OF_TURN));
    } else {
      boolean halfRead = read > 0 && bytes[read - 1] == '\n';
      read(tokenizer.encode(halfRead ? "\n" : ChatFormat.END_OF_TURN));
    }
  }

  private static int endOfAnswer(byte[] bytes) {
    for (int i = 1; i < bytes.length; i++) {
      if (bytes[i - 1] == '\n' && bytes[i] == '\n') {
        return i - 1;
      }
    }
    return bytes.length;
  }

  private void read(int[] tokens) {
    context.read(tokens, 0, tokens.length, logits);
  }

  /** The bytes of an answer while it is generated. */
  private static final class Answer implements GenerationListener {
    private final Tokenizer tokenizer;
    private final String opening;
    private final GenerationListener listener;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int beforeLast;
    private boolean opened;

    Answer(Tokenizer tokenizer, String opening, GenerationListener listener) {
      this.tokenizer = tokenizer;
      this.opening = opening;
      this.listener = listener;
    }

    @Override
    public void onToken(int id) {
      beforeLast = bytes.size();
      bytes.writeBytes(tokenizer.decode(new int[] {id}));
      if (!opened && !opening.isEmpty()) {
        listener.onText(opening);
      }
      opened = true;
      listener.onToken(id);
    }

    @Override
    public void onText(String piece) {
      listener.onText(piece);
    }
  }
}
