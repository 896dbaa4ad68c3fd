package dev.rwkvx.training.probes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import dev.rwkvx.training.data.Span;
import dev.rwkvx.training.tasks.TaskDocument;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProbeTest {
  private static final Tokenizer TOKENIZER =
      new Tokenizer(Vocabulary.of("probe", Probe.vocabulary()));

  private static ProbeText draw(Probe probe, int size, long seed) {
    return probe.draw(size, new SplittableRandom(seed));
  }

  private static String[] words(ProbeText text) {
    return text.context().split(" ");
  }

  @ParameterizedTest
  @EnumSource(Probe.class)
  void everyWordIsATokenAndTheSpansAreThoseOfTheAnswers(Probe probe) {
    for (int size : new int[] {1, 7, 300}) {
      ProbeText text = draw(probe, size, size);
      TaskDocument document = text.document("some");
      assertThat(TOKENIZER.encode(document.text())).hasSize(document.text().split(" ").length);
      List<String> marked =
          document.answers().stream()
              .map(span -> document.text().substring(span.from(), span.to()))
              .toList();
      assertThat(marked).isEqualTo(text.asks().stream().map(ProbeText.Ask::answer).toList());
      Span last = document.answers().getLast();
      assertThat(last.to()).isEqualTo(document.text().length() - 1);
      assertThat(draw(probe, size, size)).isEqualTo(text);
      assertThat(draw(probe, size, size + 1)).isNotEqualTo(text);
    }
  }

  @Test
  void keysHaveTheValuesBehindThem() {
    ProbeText text = draw(Probe.MQAR, 1024, 5);
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < 2048; i += 2) {
      assertThat(values.put(words(text)[i], words(text)[i + 1])).isNull();
    }
    assertThat(text.asks()).hasSize(256).doesNotHaveDuplicates();
    assertThat(text.asks())
        .allMatch(ask -> ask.answer().equals(values.get(ask.question().strip())));
  }

  @Test
  void wordsAmongBlanksAreRepeatedInOrder() {
    ProbeText text = draw(Probe.COPY, 200, 6);
    List<String> copied = new ArrayList<>(List.of(words(text)));
    assertThat(copied).hasSize(216);
    copied.removeIf("_"::equals);
    assertThat(text.asks().getFirst().answer()).isEqualTo(String.join(" ", copied));
    assertThat(copied).hasSize(16);
  }

  @Test
  void parityIsThatOfTheOnes() {
    int odd = 0;
    for (int seed = 0; seed < 50; seed++) {
      ProbeText text = draw(Probe.PARITY, 21, seed);
      long ones = Arrays.stream(words(text)).filter("1"::equals).count();
      assertThat(text.asks().getFirst().answer()).isEqualTo(ones % 2 == 0 ? "even" : "odd");
      odd += ones % 2;
    }
    assertThat(odd).isBetween(12, 38);
  }

  @Test
  void permutationsAreCarriedOutInTurn() {
    ProbeText text = draw(Probe.PERMUTATIONS, 30, 7);
    String things = "01234";
    for (String word : words(text)) {
      StringBuilder moved = new StringBuilder();
      for (char place : word.substring(1).toCharArray()) {
        moved.append(things.charAt(place - '0'));
      }
      things = moved.toString();
    }
    assertThat(text.asks().getFirst().answer()).isEqualTo("p" + things);
  }
}
