package dev.rwkvx.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VocabularyTrainerTest {
  @TempDir private Path folder;

  private static List<byte[]> text(long seed) {
    Random random = new Random(seed);
    String[] parts = {"the", "ing", "über", "鋼鐵", "con", "tion", "er", "s", "a", "ob", "😀", "12"};
    List<byte[]> pieces = new ArrayList<>();
    for (int piece = 0; piece < 20; piece++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 2_000; i++) {
        int part = Math.min(random.nextInt(parts.length), random.nextInt(parts.length));
        text.append(parts[part]);
        text.append(random.nextInt(3) == 0 ? random.nextInt(9) == 0 ? ".\n\n" : " " : "");
      }
      pieces.add(text.toString().getBytes(UTF_8));
    }
    return pieces;
  }

  @Test
  void everyByteStringSurvivesAndTextGetsShort() {
    Vocabulary vocabulary = VocabularyTrainer.train("v", text(1), 400, (left, target) -> {});
    assertThat(vocabulary.size()).isEqualTo(400);
    assertThat(vocabulary.bytesOf(0)).isEmpty();
    for (int value = 0; value < 256; value++) {
      assertThat(vocabulary.bytesOf(1 + value)).hasValue(new byte[] {(byte) value});
    }
    Tokenizer tokenizer = new Tokenizer(vocabulary);
    byte[] any = new byte[100_000];
    new Random(2).nextBytes(any);
    assertThat(tokenizer.decode(tokenizer.encode(any))).isEqualTo(any);
    assertThat(VocabularyTrainer.bytesPerToken(vocabulary, text(2))).isGreaterThan(4);
  }

  @Test
  void theSameTextGivesTheSameVocabularyInBothFormats() {
    Vocabulary one = VocabularyTrainer.train("v", text(1), 350, (left, target) -> {});
    Vocabulary two = VocabularyTrainer.train("v", text(1), 350, (left, target) -> {});
    assertThat(two.toText()).isEqualTo(one.toText());
    assertThat(Vocabulary.fromText("v", one.toText()).toText()).isEqualTo(one.toText());
  }

  @Test
  void theWorldFormatIsReadBack() throws IOException {
    Vocabulary one = VocabularyTrainer.train("v", text(1), 350, (left, target) -> {});
    Path file = Files.writeString(folder.resolve("v.txt"), one.toWorldText());
    assertThat(Vocabulary.world(file).toText()).isEqualTo(one.toText());
    assertThat(Files.readAllLines(file)).hasSize(349).contains("92 '[' 1", "40 '\\'' 1");
  }

  @Test
  void longNumbersTakeFewTokensAsInTheWorldVocabulary() {
    List<byte[]> text = new ArrayList<>(text(1));
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      text.add(Integer.toString(random.nextInt(1 << 20), 36).getBytes(UTF_8));
    }
    Tokenizer large = new Tokenizer(VocabularyTrainer.train("v", text, 2048, (left, target) -> {}));
    assertThat(large.vocabulary().size()).isEqualTo(2048);
    assertThat(pieces(large, "ab 12345, 070 7")).endsWith(" 12", "34", "5", ",", " 07", "0", " 7");
    Tokenizer small = new Tokenizer(VocabularyTrainer.train("v", text, 2047, (left, target) -> {}));
    assertThat(pieces(small, "123")).containsExactly("1", "2", "3");
  }

  private static List<String> pieces(Tokenizer tokenizer, String text) {
    List<String> pieces = new ArrayList<>();
    for (int token : tokenizer.encode(text.getBytes(UTF_8))) {
      pieces.add(new String(tokenizer.vocabulary().bytesOf(token).orElseThrow(), UTF_8));
    }
    return pieces;
  }

  @Test
  void badSizesAndTooLittleTextAreRefused() {
    assertBad(257, "The size of the vocabulary is 257; expected 258 to 65536");
    assertBad(65537, "The size of the vocabulary is 65537");
    assertBad(60_000, "give more text or a smaller size");
  }

  private static void assertBad(int size, String reason) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> VocabularyTrainer.train("v", text(1), size, (left, target) -> {}))
        .withMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      textBlock =
          """
          the cat            ; the| cat
          it's (good) _id    ; it|'s| (|good|)| _|id
          12 34a             ; 1|2| |3|4|a
          a  b               ; a| | b
          end...Next         ; end|..|.Next
          a !! b             ; a| !!| b
          naïve 鋼鐵           ; naïve| 鋼鐵
          """)
  void wordsAreCutWhereReadersWould(String text, String expected) {
    assertThat(words(text)).isEqualTo(expected);
  }

  @Test
  void wordsCoverEveryTextAndLongOnesAreCutBetweenCharacters() {
    assertThat(words("a.\n\n  b\t\n")).isEqualTo("a|.\n\n| | b|\t\n");
    assertThat(words("é".repeat(40))).isEqualTo("é".repeat(32) + "|" + "é".repeat(8));
    assertThat(words("x" + "é".repeat(40))).isEqualTo("x" + "é".repeat(31) + "|" + "é".repeat(9));
    byte[] any = new byte[20_000];
    new Random(3).nextBytes(any);
    int at = 0;
    while (at < any.length) {
      int end = Words.end(any, at, any.length);
      assertThat(end).isBetween(at + 1, Math.min(any.length, at + 64));
      at = end;
    }
  }

  private static String words(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    List<String> words = new ArrayList<>();
    int at = 0;
    while (at < bytes.length) {
      int end = Words.end(bytes, at, bytes.length);
      words.add(new String(bytes, at, end - at, UTF_8));
      at = end;
    }
    return String.join("|", words);
  }

  @Test
  void countsAreThoseOfATable() {
    Random random = new Random(4);
    ByteStringCounts counts = new ByteStringCounts();
    Map<String, Long> expected = new HashMap<>();
    for (int i = 0; i < 100_000; i++) {
      String string = Integer.toString((int) Math.abs(random.nextGaussian() * 3_000), 5);
      byte[] bytes = ("x" + string).getBytes(UTF_8);
      counts.add(bytes, 1, bytes.length, i % 3 + 1);
      expected.merge(string, i % 3 + 1L, Long::sum);
    }
    assertThat(table(counts)).isEqualTo(expected);
    expected.values().removeIf(count -> count <= 20);
    counts.dropUpTo(20);
    assertThat(table(counts)).isEqualTo(expected).isNotEmpty();
    counts.add("new".getBytes(UTF_8), 0, 3, 5);
    expected.put("new", 5L);
    assertThat(table(counts)).isEqualTo(expected);
  }

  private static Map<String, Long> table(ByteStringCounts counts) {
    Map<String, Long> table = new HashMap<>();
    for (int entry = 0; entry < counts.size(); entry++) {
      assertThat(table.put(new String(counts.string(entry), UTF_8), counts.count(entry))).isNull();
    }
    return table;
  }

  @Test
  void samplesComeFromAllOfTheCorpus() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int line = 0; text.length() < 4 << 20; line++) {
      text.append("line ").append(line).append('\n');
    }
    Path file = Files.writeString(folder.resolve("a.txt"), text);
    Corpus corpus = Corpus.of(List.of(file), "text", null);
    TextSample all = TextSample.of(corpus, 8 << 20);
    assertThat(size(all.pieces()) + size(all.heldOut())).isEqualTo(text.length());
    assertThat(size(all.heldOut())).isBetween(text.length() / 25, text.length() / 16);
    TextSample some = TextSample.of(corpus, 1 << 20);
    assertThat(size(some.pieces()) + size(some.heldOut())).isBetween(700_000, 1_400_000);
    byte[] last = some.pieces().getLast();
    assertThat(text.indexOf(new String(last, UTF_8))).isGreaterThan(text.length() * 9 / 10);
    assertThat(last[last.length - 1]).isEqualTo((byte) '\n');
    assertThat(some.pieces())
        .noneMatch(p -> some.heldOut().stream().anyMatch(h -> Arrays.equals(p, h)));
  }

  private static int size(List<byte[]> pieces) {
    return pieces.stream().mapToInt(piece -> piece.length).sum();
  }
}
