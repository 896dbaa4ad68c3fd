package dev.rwkvx.tokenizer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.rwkvx.InputException;
import dev.rwkvx.SharedFiles;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.ObjectMapper;

class TokenizerTest {
  private static final Tokenizer SMALL =
      new Tokenizer(Vocabularies.small("ab", "abc", "abcdef", "日本", "\n\n", "é"));

  private record Case(String text, int[] tokens) {}

  @Test
  void agreesWithTheReference() throws IOException {
    Tokenizer world = world();
    List<Case> cases;
    try (InputStream file = getClass().getResourceAsStream("/golden/tokenizer/cases.json")) {
      cases = new ObjectMapper().readValue(file, new TypeReference<>() {});
    }
    assertThat(cases).hasSizeGreaterThan(20);
    for (Case golden : cases) {
      assertThat(world.encode(golden.text)).as(golden.text).isEqualTo(golden.tokens);
      assertThat(world.decodeToString(golden.tokens)).isEqualTo(golden.text);
    }
  }

  @Test
  void takesTheLongestToken() {
    assertThat(SMALL.encode("abcdefabcdeab")).isEqualTo(new int[] {259, 258, 101, 102, 257});
    assertThat(SMALL.encode("")).isEmpty();
    assertThat(SMALL.encode(new byte[] {0, -1})).isEqualTo(new int[] {1, 256});
  }

  @Test
  void agreesWithASearchOfAllTokens() {
    Texts texts = new Texts(3);
    String[] longer = new String[400];
    Arrays.setAll(longer, i -> letters(texts, 3 + i % 9) + i);
    Arrays.setAll(longer, i -> i % 2 == 0 ? longer[i] : longer[i - 1] + letters(texts, 3));
    Vocabulary vocabulary =
        Vocabularies.small(Arrays.stream(longer).distinct().toArray(String[]::new));
    Tokenizer tokenizer = new Tokenizer(vocabulary);
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 1; id < vocabulary.size(); id++) {
      ids.put(latin1(vocabulary.bytesOf(id).orElseThrow()), id);
    }
    for (int round = 0; round < 200; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        text.append(longer[texts.below(longer.length)], 0, 1 + texts.below(3));
        text.append(longer[texts.below(longer.length)]);
      }
      String rest = text.toString();
      for (int id : tokenizer.encode(rest)) {
        int end = Math.min(rest.length(), 20);
        while (!ids.containsKey(rest.substring(0, end))) {
          end--;
        }
        assertThat(id).isEqualTo(ids.get(rest.substring(0, end)));
        rest = rest.substring(end);
      }
      assertThat(rest).isEmpty();
    }
  }

  @Test
  void decodesWhatItEncoded() {
    Texts texts = new Texts(4);
    for (Tokenizer tokenizer : List.of(SMALL, new Tokenizer(Vocabulary.bytes()))) {
      assertRoundTrips(tokenizer, texts);
    }
  }

  @Test
  void decodesWhatItEncodedInTheWorldVocabulary() {
    assertRoundTrips(world(), new Texts(5));
  }

  private static void assertRoundTrips(Tokenizer tokenizer, Texts texts) {
    for (int round = 0; round < 2000; round++) {
      String text = texts.unicode(texts.below(60));
      assertThat(tokenizer.decodeToString(tokenizer.encode(text))).isEqualTo(text);
      byte[] bytes = texts.bytes(texts.below(60));
      assertThat(tokenizer.decode(tokenizer.encode(bytes))).isEqualTo(bytes);
    }
  }

  @Test
  void theByteVocabularyIsTheIdentity() {
    Tokenizer bytes = new Tokenizer(Vocabulary.bytes());
    assertThat(bytes.encode(new byte[] {0, 65, -1})).isEqualTo(new int[] {0, 65, 255});
    assertThat(bytes.decode(new int[] {0, 65, 255})).isEqualTo(new byte[] {0, 65, -1});
  }

  @Test
  void encodesAPartOfAnArray() {
    int[] sum = new int[1];
    SMALL.encode("xxabcxx".getBytes(UTF_8), 2, 4, id -> sum[0] += id);
    assertThat(sum[0]).isEqualTo(257);
  }

  @Test
  void encodingAllocatesNothing() {
    byte[] text = new Texts(6).unicode(50_000).getBytes(UTF_8);
    IntConsumer ids = id -> {};
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    SMALL.encode(text, 0, text.length, ids);
    long before = threads.getCurrentThreadAllocatedBytes();
    SMALL.encode(text, 0, text.length, ids);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1000);
  }

  @Test
  void theTreeOfTheWorldVocabularyIsSmall() {
    Vocabulary world = world().vocabulary();
    assertThat(new ByteTrie(world).byteSize()).isLessThanOrEqualTo(4 << 20);
  }

  @Test
  void theEndOfADocumentHasNoText() {
    assertThat(SMALL.decodeToString(new int[] {98, 0, 99})).isEqualTo("ab");
  }

  @Test
  void refusesIdsOutsideTheVocabulary() {
    Tokenizer gaps = new Tokenizer(Vocabularies.world("1 'a' 1\n3 'b' 1"));
    for (int id : new int[] {-1, 2, 4, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> gaps.decode(new int[] {1, id}))
          .withMessage(
              "Token id %d is not in the vocabulary 'test', which has ids up to 3".formatted(id));
      assertThatThrownBy(() -> gaps.streamingDecoder().append(id))
          .isInstanceOf(InputException.class);
    }
  }

  @Test
  void saysWhichByteHasNoToken() {
    Tokenizer letters = new Tokenizer(Vocabularies.world("1 'a' 1\n2 'bc' 2"));
    assertThat(letters.encode("abca")).isEqualTo(new int[] {1, 2, 1});
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> letters.encode("aba"))
        .withMessage(
            "The vocabulary 'test' has no token for the byte 0x62 at offset 1 of the text");
  }

  @Test
  void refusesTwoIdsForTheSameBytes() {
    Vocabulary twins = Vocabularies.world("1 'a' 1\n2 'b' 1\n7 '\\x61' 1");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> new Tokenizer(twins))
        .withMessage("The vocabulary 'test' has the same bytes under the ids 1 and 7");
  }

  private static Tokenizer world() {
    return new Tokenizer(Vocabulary.world(SharedFiles.path("vocab/rwkv_vocab_v20230424.txt")));
  }

  private static String letters(Texts texts, int count) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < count; i++) {
      letters.append((char) ('a' + texts.below(2)));
    }
    return letters.toString();
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  /**
   * A token whose edges would all fall into the first 256th of a table that multiplies by the
   * golden ratio, so that each has to look past most of the others.
   */
  @Test
  @Timeout(60)
  void noTokenMakesTheTreeSlow() {
    byte[] token = new byte[1_600_000];
    long node = 258;
    for (int i = 0; i < token.length; i++) {
      for (int value = 0; value < 256; value++) {
        if (((node << 8 | value) * 0x9E3779B97F4A7C15L) >>> 56 == 0) {
          token[i] = (byte) value;
          break;
        }
      }
      node = i == 0 ? 1 + (token[0] & 0xff) : Math.max(259, node + 1);
    }
    byte[][] tokens = new byte[257][];
    for (int id = 0; id < 256; id++) {
      tokens[id] = new byte[] {(byte) id};
    }
    tokens[256] = token;
    Tokenizer tokenizer = new Tokenizer(Vocabulary.of("long", List.of(tokens)));
    assertThat(tokenizer.encode(token)).containsExactly(257);
  }
}
