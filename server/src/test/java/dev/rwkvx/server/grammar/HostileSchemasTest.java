package dev.rwkvx.server.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.generate.TokenConstraint;
import dev.rwkvx.server.Hostile;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whatever a schema is like, the work for it is bounded, told in steps and not in seconds: a limit
 * ends it, or a text comes out.
 */
class HostileSchemasTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int SCHEMAS = Hostile.times(240);
  private static final int TOKENS = 12;

  private final TokenOrder order = new TokenOrder(vocabulary());

  /** All bytes, and brackets and digits in long rows, which open many ways at once. */
  private static Vocabulary vocabulary() {
    List<byte[]> tokens = new ArrayList<>();
    IntStream.range(0, 256).forEach(value -> tokens.add(new byte[] {(byte) value}));
    for (String piece : List.of("[", "{\"", "]", "1", " ", "a", "k", ",", "\"p", "x")) {
      for (int times = 2; times <= 32; times *= 2) {
        tokens.add(piece.repeat(times).getBytes(StandardCharsets.UTF_8));
      }
    }
    tokens.add("[ [".getBytes(StandardCharsets.UTF_8));
    return Vocabulary.of("rows", tokens);
  }

  @Test
  void eachIsRefusedOrFollowedWithBoundedWork() {
    int followed = 0;
    for (int i = 0; i < SCHEMAS; i++) {
      try {
        Forms forms = new Forms();
        SchemaReader reader = new SchemaReader(forms);
        Form form = reader.form(JSON.readTree(HostileSchemas.schema(i).replace('\'', '"')));
        assertThat(forms.size()).as("schema %d", i).isLessThan(20 * SchemaReader.MOST_PARTS);
        Automaton automaton = new Automaton(form, new Leasts(form), () -> {});
        draw(automaton, new SplittableRandom(i));
        followed++;
      } catch (SchemaException e) {
        assertThat(e.getMessage()).hasSizeLessThan(400);
      }
    }
    assertThat(followed).isBetween(SCHEMAS / 4, SCHEMAS * 3 / 4);
  }

  /** With a liking for long tokens. */
  private void draw(Automaton automaton, SplittableRandom random) {
    TokenConstraint constraint = new FormConstraint(automaton, order, Set.of(0));
    for (int left = TOKENS; left > 0; left--) {
      float[] logits = new float[order.size()];
      constraint.mask(logits, left);
      assertThat(automaton.steps()).isLessThanOrEqualTo(Automaton.MOST_STEPS);
      int[] allowed = IntStream.range(0, logits.length).filter(id -> logits[id] == 0).toArray();
      if (allowed.length == 0) {
        return;
      }
      int token = allowed[allowed.length - 1 - random.nextInt(Math.min(4, allowed.length))];
      if (token == 0) {
        return;
      }
      constraint.accept(token);
      assertThat(automaton.steps()).isLessThanOrEqualTo(Automaton.MOST_STEPS);
    }
  }

  @Test
  void whoHasGoneIsNoticedBetweenTwoTokens() {
    String schema =
        """
        {"$ref": "#/$defs/v", "$defs": {"v": {"anyOf": [
          {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/v"}},
          {"type": "array", "minItems": 1, "maxItems": 9999, "items": {"$ref": "#/$defs/v"}},
          {"const": 1}]}}}\
        """;
    AtomicInteger looks = new AtomicInteger();
    TokenConstraint constraint =
        JsonConstraints.schema(JSON.readTree(schema))
            .constraint(
                order,
                Set.of(0),
                () -> {
                  looks.incrementAndGet();
                  throw new CancellationException("gone");
                });
    try {
      constraint.mask(new float[order.size()], 100);
    } catch (CancellationException e) {
      assertThat(looks).hasValue(1);
      return;
    }
    throw new AssertionError("nobody has looked");
  }
}
