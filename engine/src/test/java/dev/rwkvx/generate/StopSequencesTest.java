package dev.rwkvx.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopSequencesTest {
  @Test
  void holdsBackWhatMayBecomeAStop() {
    StopSequences stops = new StopSequences(List.of("END", "\n\n"));
    assertThat(stops.append("the E")).isEqualTo("the ");
    assertThat(stops.append("N")).isEmpty();
    assertThat(stops.append("d\n")).isEqualTo("ENd");
    assertThat(stops.append("x\n")).isEqualTo("\nx");
    assertThat(stops.found()).isFalse();
    assertThat(stops.append("\ny")).isEmpty();
    assertThat(stops.found()).isTrue();
    assertThat(stops.append("more")).isEmpty();
    assertThat(stops.finish()).isEmpty();
  }

  @Test
  void givesBackWhatWasHeldAtTheEnd() {
    StopSequences stops = new StopSequences(List.of("stop"));
    assertThat(stops.append("a sto")).isEqualTo("a ");
    assertThat(stops.finish()).isEqualTo("sto");
    assertThat(stops.finish()).isEmpty();
  }

  @Test
  void withoutStopsEverythingPasses() {
    StopSequences stops = new StopSequences(List.of());
    assertThat(stops.append("abc")).isEqualTo("abc");
    assertThat(stops.append("")).isEmpty();
  }

  @Test
  void piecesGiveWhatTheWholeGives() {
    Random random = new Random(9);
    for (int round = 0; round < 20_000; round++) {
      List<String> stops = List.of(letters(random, 1 + random.nextInt(4)), letters(random, 4));
      String text = letters(random, random.nextInt(20));
      int stop = firstComplete(stops, text);
      StopSequences sequences = new StopSequences(stops);
      StringBuilder heard = new StringBuilder();
      for (int at = 0; at < text.length() && !sequences.found(); ) {
        int end = Math.min(text.length(), at + 1 + random.nextInt(3));
        heard.append(sequences.append(text.substring(at, end)));
        at = end;
      }
      heard.append(sequences.finish());
      assertThat(sequences.found()).isEqualTo(stop >= 0);
      assertThat(heard.toString())
          .as("%s in %s", stops, text)
          .isEqualTo(stop < 0 ? text : text.substring(0, stop));
    }
  }

  private static int firstComplete(List<String> stops, String text) {
    for (int end = 0; end <= text.length(); end++) {
      String read = text.substring(0, end);
      int longest = stops.stream().filter(read::endsWith).mapToInt(String::length).max().orElse(0);
      if (longest > 0) {
        return end - longest;
      }
    }
    return -1;
  }

  @Test
  void refusesAnEmptyStop() {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> new StopSequences(List.of("a", "")));
  }

  private static String letters(Random random, int count) {
    return random
        .ints(count, 'a', 'c')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
