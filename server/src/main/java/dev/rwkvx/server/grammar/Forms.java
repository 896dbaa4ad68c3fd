package dev.rwkvx.server.grammar;

import dev.rwkvx.server.grammar.Form.Bytes;
import dev.rwkvx.server.grammar.Form.Choice;
import dev.rwkvx.server.grammar.Form.Repeat;
import dev.rwkvx.server.grammar.Form.Sequence;
import dev.rwkvx.server.grammar.Form.Words;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Makes forms, of equal parts only one: whoever asks for the same again gets the same object. So
 * equal ways to read a text are seen to be equal at a glance.
 */
final class Forms {
  /** By class and parts; parts are compared by identity, texts by content. */
  private final Map<List<Object>, Form> made = new HashMap<>();

  /** How many forms there are. */
  int size() {
    return made.size();
  }

  private Form one(List<Object> key, Supplier<Form> form) {
    return made.computeIfAbsent(key, _ -> form.get());
  }

  /** One byte of some ranges, each a pair of first and last. */
  Form bytes(int... ranges) {
    BitSet set = new BitSet(256);
    for (int i = 0; i < ranges.length; i += 2) {
      set.set(ranges[i], ranges[i + 1] + 1);
    }
    return one(List.of(Bytes.class, set), () -> new Bytes(set));
  }

  /** This text, which is not empty. */
  Form literal(String text) {
    return words(List.of(text));
  }

  /** One of these texts, none of which is empty. */
  Form words(Collection<String> texts) {
    List<String> distinct = texts.stream().distinct().sorted().toList();
    List<Object> key = new ArrayList<>(distinct);
    key.add(Words.class);
    return one(
        key,
        () -> {
          byte[][] words =
              distinct.stream()
                  .map(text -> text.getBytes(StandardCharsets.UTF_8))
                  .toArray(byte[][]::new);
          Arrays.sort(words, Arrays::compareUnsigned);
          return new Words(words);
        });
  }

  Form sequence(Form... parts) {
    List<Object> key = new ArrayList<>(Arrays.asList(parts));
    key.add(Sequence.class);
    return one(key, () -> new Sequence(List.of(parts)));
  }

  Form choice(Form... alternatives) {
    return choice(List.of(alternatives));
  }

  Form choice(Collection<Form> alternatives) {
    List<Form> distinct = List.copyOf(new LinkedHashSet<>(alternatives));
    if (distinct.size() == 1) {
      return distinct.getFirst();
    }
    List<Object> key = new ArrayList<>(distinct);
    key.add(Choice.class);
    return one(key, () -> new Choice(distinct));
  }

  /**
   * A form many times.
   *
   * @param form of at least one byte
   * @param most {@link Form#UNBOUNDED} for no end
   */
  Form repeat(Form form, int fewest, int most) {
    return one(List.of(Repeat.class, form, fewest, most), () -> new Repeat(form, fewest, most));
  }

  Form optional(Form form) {
    return repeat(form, 0, 1);
  }

  Form any(Form form) {
    return repeat(form, 0, Form.UNBOUNDED);
  }
}
