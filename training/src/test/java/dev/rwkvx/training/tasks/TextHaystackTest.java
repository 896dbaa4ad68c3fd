package dev.rwkvx.training.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.training.data.Corpus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextHaystackTest {
  @TempDir private Path folder;

  private Corpus corpus(String... texts) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String text : texts) {
      lines.append("{\"text\":\"%s\"}\n".formatted(text));
    }
    Path file = Files.writeString(folder.resolve("a.jsonl"), lines);
    return Corpus.of(List.of(file), "text", null);
  }

  @Test
  void textConsistsOfWholeWordsOfAllDocuments() throws IOException {
    TextHaystack haystack =
        TextHaystack.read(
            corpus("Äpfel reifen spät. ".repeat(50), "", "Ships sail on. ".repeat(80)), 1 << 20);
    SplittableRandom random = new SplittableRandom(1);
    Set<String> words = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      int bytes = random.nextInt(30, 3_000);
      String text = haystack.text(random, bytes);
      assertThat(text.getBytes(StandardCharsets.UTF_8).length).isBetween(bytes - 40, bytes);
      words.addAll(List.of(text.split("\\s+")));
    }
    assertThat(words).containsExactlyInAnyOrder("Äpfel", "reifen", "spät.", "Ships", "sail", "on.");
  }

  @Test
  void textsWithoutSpacesAreCutBetweenCharacters() throws IOException {
    TextHaystack haystack = TextHaystack.read(corpus("äöü".repeat(100)), 1 << 20);
    String text = haystack.text(new SplittableRandom(2), 41);
    assertThat(text).matches("[äöü\\n]+").hasSizeBetween(20, 22);
  }

  @Test
  void ofALargeCorpusAPartIsKept() throws IOException {
    String[] texts = new String[400];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = "Word%d. ".formatted(i).repeat(10);
    }
    TextHaystack haystack = TextHaystack.read(corpus(texts), 10_000);
    Set<String> words = new HashSet<>();
    for (int i = 0; i < 3_000; i++) {
      words.addAll(List.of(haystack.text(new SplittableRandom(i), 60).split("\\s+")));
    }
    assertThat(words).hasSizeBetween(60, 160);
    assertThat(words).anyMatch(word -> word.matches("Word3[5-9]\\d."));
  }

  @Test
  void aCorpusWithoutTextIsRefused() throws IOException {
    Corpus empty = corpus("", "");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> TextHaystack.read(empty))
        .withMessageContaining("There is no text in");
  }
}
