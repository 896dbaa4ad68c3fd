package dev.rwkvx.server.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.generate.TokenConstraint;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Whatever is drawn under a constraint is of its form, and complete before the tokens run out. */
class FormConstraintTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String[] PIECES = {
    "{\"",
    "\": ",
    "\": \"",
    "\"}",
    "},",
    "}}",
    "[[",
    "]]",
    "true",
    "nul",
    "l,",
    "\\u",
    "\",\n  \"",
    "12",
    "3.",
    "e+",
    "Über",
    "name",
    "漢"
  };

  /** All bytes, and pieces that begin and end in the middle of everything. */
  private final Vocabulary vocabulary = vocabulary();

  private final TokenOrder order = new TokenOrder(vocabulary);

  private static Vocabulary vocabulary() {
    List<byte[]> tokens = new ArrayList<>();
    IntStream.range(0, 256).forEach(value -> tokens.add(new byte[] {(byte) value}));
    for (String piece : PIECES) {
      tokens.add(piece.getBytes(StandardCharsets.UTF_8));
    }
    return Vocabulary.of("pieces", tokens);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 7, 20, 100})
  void randomTextsAreComplete(int most) {
    for (int seed = 0; seed < 60; seed++) {
      TokenConstraint constraint = JsonConstraints.object().constraint(order, Set.of(0), () -> {});
      String text = draw(constraint, most, new SplittableRandom(seed));
      assertThat(JSON.readTree(text).isObject()).as(text).isTrue();
      assertThat(text).doesNotContain("\n\n");
    }
  }

  /** Draws from all that is left, with a liking for longer tokens. */
  private String draw(TokenConstraint constraint, int most, SplittableRandom random) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int left = most; left > 0; left--) {
      float[] logits = new float[vocabulary.size()];
      constraint.mask(logits, left);
      int[] allowed = IntStream.range(0, logits.length).filter(id -> logits[id] == 0).toArray();
      int token = allowed[random.nextInt(allowed.length)];
      if (random.nextBoolean()) {
        token = allowed[allowed.length - 1 - random.nextInt(Math.min(8, allowed.length))];
      }
      if (token == 0) {
        return text.toString(StandardCharsets.UTF_8);
      }
      text.writeBytes(vocabulary.bytesOf(token).orElseThrow());
      constraint.accept(token);
    }
    throw new AssertionError("not complete: " + text);
  }
}
