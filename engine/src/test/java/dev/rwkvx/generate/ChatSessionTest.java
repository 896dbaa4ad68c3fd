package dev.rwkvx.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.ChatFormat.Role;
import dev.rwkvx.generate.ChatFormat.Thinking;
import dev.rwkvx.generate.ChatFormat.Turn;
import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatSessionTest {
  private static final Tokenizer TOKENIZER = new Tokenizer(vocabulary());
  private static final BooleanSupplier NEVER = () -> false;

  private final ScriptedContext context = new ScriptedContext(300);
  private final ChatSession session = new ChatSession(context, TOKENIZER);
  private final StringBuilder heard = new StringBuilder();

  /** All single bytes, and tokens in which newlines stand with other characters. */
  private static Vocabulary vocabulary() {
    StringBuilder text = new StringBuilder("rwkvx-vocabulary 1 262\n");
    IntStream.range(0, 256).forEach(value -> text.append("\\x%02x\n".formatted(value)));
    return Vocabulary.fromText(
        "chat", text + "\\n\\n\n.\\n\\nUs\n.\\n\n \\n\\n\n\\n\\n\\n\n Yes\n");
  }

  /** Answers as the tokens of which they come, separated by bars; 0 ends a document. */
  @ParameterizedTest
  @CsvSource({
    "' Yes|\n\n', ' Yes', 11",
    "' Yes|\n|\n', ' Yes', 1",
    "' Yes|.\n\nUs', ' Yes.', 2",
    "' Yes|.\n|\n', ' Yes.', 1",
    "' Yes| \n\n', ' Yes', 11",
    "' Yes|\n\n\n', ' Yes', 11",
    "' Yes|0', ' Yes', 11",
    "' Yes|\n|0', ' Yes', 1",
    "'\n\n', '', 11",
    "'0', '', 11",
    "' |\n\n', ' ', 11",
  })
  void theContextEndsWithTheAnswerAndABlankLine(String drawn, String answer, int lastTokens) {
    context.answer(tokens(drawn));
    ask("Is it?");
    assertThat(TOKENIZER.decodeToString(context.read()))
        .isEqualTo("User: Is it?\n\nAssistant:" + answer + "\n\n");
    assertThat(heard.toString().strip()).isEqualTo(answer.strip());
    int[] end =
        switch (lastTokens) {
          case 1 -> TOKENIZER.encode("\n");
          case 2 -> new int[] {'.' + 1, 257};
          default -> new int[] {257};
        };
    assertThat(context.read()).endsWith(end);
  }

  @Test
  void severalTurnsGiveWhatReadingTheTranscriptGives() {
    session.startWithSystem("Be brief.");
    context.answer(tokens(" Yes|\n\n"));
    ask("One?");
    context.answer(tokens(" Yes|!|0"));
    ask("Two?");
    List<Turn> transcript =
        List.of(
            new Turn(Role.SYSTEM, "Be brief."),
            new Turn(Role.USER, "One?"),
            new Turn(Role.ASSISTANT, "Yes"),
            new Turn(Role.USER, "Two?"),
            new Turn(Role.ASSISTANT, "Yes!"));
    int[] expected =
        transcript.stream()
            .flatMapToInt(turn -> Arrays.stream(ChatFormat.turn(turn, TOKENIZER)))
            .toArray();
    assertThat(context.read()).isEqualTo(expected);
  }

  @Test
  void eachTokenIsReadOnce() {
    context.answer(tokens(" Yes|\n\n"));
    ask("One?");
    int before = context.read().length;
    context.answer(tokens(" Yes|\n\n"));
    int[] prompt = ChatFormat.prompt(List.of(new Turn(Role.USER, "Two?")), Thinking.OFF, TOKENIZER);
    assertThat(ask("Two?").promptTokens()).isEqualTo(prompt.length);
    assertThat(context.read().length).isEqualTo(before + prompt.length + 2);
  }

  @Test
  void anAnswerThatIsCutEndsItsTurnToo() {
    context.answer(tokens(" Yes|.\n|x|y"));
    Generation generation = session.ask("a", Thinking.OFF, sampler(), 3, heard::append, NEVER);
    assertThat(generation.end()).isEqualTo(End.LENGTH);
    assertThat(TOKENIZER.decodeToString(context.read()))
        .isEqualTo("User: a\n\nAssistant: Yes.\nx\n\n");

    session.startOver();
    context.answer(tokens(" Yes|.\n|x|y"));
    heard.setLength(0);
    generation =
        session.ask(
            "a", Thinking.OFF, sampler(), 9, heard::append, () -> heard.toString().contains("."));
    assertThat(generation.end()).isEqualTo(End.CANCELLED);
    assertThat(TOKENIZER.decodeToString(context.read()))
        .isEqualTo("User: a\n\nAssistant: Yes.\n\n");
  }

  @Test
  void aMessageThatIsCancelledWhileItIsReadLeavesNoTrace() {
    context.answer(tokens(" Yes|\n\n"));
    ask("One?");
    int[] before = context.read();
    int calls = context.calls;
    Generation generation =
        session.ask(
            "x".repeat(2000),
            Thinking.OFF,
            sampler(),
            9,
            heard::append,
            () -> context.calls > calls);
    assertThat(generation.end()).isEqualTo(End.CANCELLED);
    assertThat(context.read()).isEqualTo(before);
  }

  @Test
  void aFailureLeavesNoTrace() {
    context.answer(tokens(" Yes|\n\n"));
    ask("One?");
    int[] before = context.read();
    context.answer(tokens(" Yes|\n\n"));
    assertThatThrownBy(() ->
            session.ask(
                "Two?",
                Thinking.OFF,
                sampler(),
                9,
                piece -> {
                  throw new IllegalStateException("closed");
                },
                NEVER))
        .hasMessage("closed");
    assertThat(context.read()).isEqualTo(before);
  }

  @Test
  void thoughtsArePartOfTheAnswer() {
    context.answer(tokens(">|H|m|<|/|t|>|A|\n\n"));
    session.ask("Why?", Thinking.SHORT, sampler(), 50, heard::append, NEVER);
    assertThat(heard.toString()).isEqualTo(" <think>Hm</t>A");
    assertThat(TOKENIZER.decodeToString(context.read()))
        .isEqualTo("User: Why? (think a bit)\n\nAssistant: <think>Hm</t>A\n\n");
  }

  @Test
  void startingOverKeepsTheSystemTurnOnly() {
    session.startWithSystem(" Be\n\nbrief.\n");
    context.answer(tokens(" Yes|\n\n"));
    ask("One?");
    session.startOver();
    assertThat(TOKENIZER.decodeToString(context.read())).isEqualTo("System: Be\nbrief.\n\n");
    session.startWithSystem("");
    assertThat(context.read()).isEmpty();
  }

  @Test
  void anEmptyMessageChangesNothing() {
    assertThatExceptionOfType(InputException.class).isThrownBy(() -> ask(" \n"));
    assertThat(context.read()).isEmpty();
  }

  private Generation ask(String message) {
    return session.ask(message, Thinking.OFF, sampler(), 100, heard::append, NEVER);
  }

  private static Sampler sampler() {
    return new Sampler(SamplingOptions.greedy(), 300);
  }

  private static int[] tokens(String drawn) {
    return Arrays.stream(drawn.split("\\|"))
        .mapToInt(token -> token.equals("0") ? 0 : TOKENIZER.encode(token)[0])
        .toArray();
  }
}
