package dev.rwkvx.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class GeneratorTest {
  private static final Tokenizer BYTES = new Tokenizer(Vocabulary.bytes());
  private static final BooleanSupplier NEVER = () -> false;

  private final ScriptedContext context = new ScriptedContext(256);
  private final List<String> pieces = new ArrayList<>();

  @Test
  void endsAtTheEndOfTheDocument() {
    context.answer('H', 'i', 0, 'x');
    Generation generation = generate("ab", GenerationOptions.upTo(10));
    assertThat(generation.end()).isEqualTo(End.STOP_TOKEN);
    assertThat(generation.promptTokens()).isEqualTo(2);
    assertThat(generation.tokens()).isEqualTo(2);
    assertThat(pieces).containsExactly("H", "i");
    assertThat(context.read()).containsExactly('a', 'b', 'H', 'i');
  }

  @Test
  void endsAtAStopStringAcrossTokens() {
    context.answer('a', '<', 'b', '<', '/', '>', 'x');
    Generation generation =
        generate("p", GenerationOptions.upTo(10).withStopStrings(List.of("</>")));
    assertThat(generation.end()).isEqualTo(End.STOP_STRING);
    assertThat(pieces).containsExactly("a", "<b");
    assertThat(context.read()).containsExactly('p', 'a', '<', 'b', '<', '/');
  }

  @Test
  void endsAtTheLimitWithAllThatWasHeldBack() {
    context.answer('a', '<', 0xc3);
    Generation generation =
        generate("p", GenerationOptions.upTo(3).withStopStrings(List.of("</>")));
    assertThat(generation.end()).isEqualTo(End.LENGTH);
    assertThat(generation.tokens()).isEqualTo(3);
    assertThat(String.join("", pieces)).isEqualTo("a<\ufffd");
    assertThat(context.read()).containsExactly('p', 'a', '<');
  }

  @Test
  void stopTokensCanBeChosen() {
    context.answer(0, 'a', '.', 'b');
    Generation generation =
        generate("p", GenerationOptions.upTo(9).withStopTokens(Set.of((int) '.')));
    assertThat(generation.end()).isEqualTo(End.STOP_TOKEN);
    assertThat(String.join("", pieces)).isEqualTo("\0a");
  }

  @Test
  void canBeCancelledBetweenTokens() {
    context.answer('a', 'b', 'c', 'd');
    Generation generation =
        new Generator(context, BYTES)
            .generate(
                new int[] {'p'},
                greedy(),
                GenerationOptions.upTo(9),
                pieces::add,
                () -> pieces.size() == 2);
    assertThat(generation.end()).isEqualTo(End.CANCELLED);
    assertThat(pieces).containsExactly("a", "b");
    assertThat(context.read()).containsExactly('p', 'a');
  }

  @Test
  void canBeCancelledWithinThePrompt() {
    Generation generation =
        new Generator(context, BYTES)
            .generate(
                BYTES.encode("p".repeat(2000)),
                greedy(),
                GenerationOptions.upTo(9),
                pieces::add,
                () -> context.calls == 2);
    assertThat(generation.end()).isEqualTo(End.CANCELLED);
    assertThat(generation.promptTokens()).isEqualTo(1024);
    assertThat(generation.tokens()).isZero();
    assertThat(context.read()).hasSize(1024);
  }

  @Test
  void longPromptsAreReadWhole() {
    String prompt = "0123456789".repeat(157);
    context.answer('a', 0);
    assertThat(generate(prompt, GenerationOptions.upTo(9)).promptTokens()).isEqualTo(1570);
    assertThat(BYTES.decodeToString(context.read())).isEqualTo(prompt + "a");
  }

  @Test
  void neverDrawsTokensWithoutText() {
    Tokenizer letters = new Tokenizer(Vocabulary.fromText("v", "rwkvx-vocabulary 1 3\na\n\nc\n"));
    ScriptedContext larger = new ScriptedContext(9);
    larger.answer(2, 8, 3, 0);
    List<Integer> tokens = new ArrayList<>();
    new Generator(larger, letters)
        .generate(
            new int[] {1},
            new Sampler(SamplingOptions.greedy(), 9),
            GenerationOptions.upTo(4).withStopTokens(Set.of()),
            new GenerationListener() {
              @Override
              public void onText(String piece) {
                pieces.add(piece);
              }

              @Override
              public void onToken(int id) {
                tokens.add(id);
              }
            },
            NEVER);
    assertThat(tokens).containsExactly(0, 0, 3, 0);
    assertThat(pieces).containsExactly("c");
  }

  @Test
  void refusesWhatCannotWork() {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> generate("", GenerationOptions.upTo(1)))
        .withMessage("The prompt is empty; expected at least one token");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> GenerationOptions.upTo(0))
        .withMessage("max tokens must be at least 1, found 0");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> GenerationOptions.upTo(1).withStopStrings(List.of("")));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> new Generator(new ScriptedContext(255), BYTES))
        .withMessage("The vocabulary 'bytes' has 256 ids, more than the 255 of the model");
  }

  private Generation generate(String prompt, GenerationOptions options) {
    return new Generator(context, BYTES)
        .generate(BYTES.encode(prompt), greedy(), options, pieces::add, NEVER);
  }

  private static Sampler greedy() {
    return new Sampler(SamplingOptions.greedy(), 256);
  }
}
