package dev.rwkvx.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.rwkvx.Hostile;
import dev.rwkvx.InputException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Damaged vocabulary files are read or refused in one sentence, and cost little memory. */
class VocabularyMutationTest {
  private static final int MUTATIONS = Hostile.times(12_000);
  private static final long BYTES_PER_FILE_BYTE = 200;

  /** Tables for the highest id that a file of any size may have. */
  private static final long CONSTANT_BYTES = 32 << 20;

  private static final String[] FRAGMENTS = {
    "'",
    "\"",
    "\\",
    "\\x",
    "\\u",
    "\\U",
    "\\N{",
    "}",
    "b'",
    " ",
    "\n",
    "\r",
    "0",
    "9",
    "-1",
    "104857",
    "99999999999",
    "\\ud800",
    "é",
    "\0",
    "rwkvx-vocabulary 1 ",
    "bytes",
    "{",
    "\\u",
    "true",
    "ByteLevel"
  };

  private static final Path FILE = Path.of("vocabulary.txt");

  @BeforeAll
  static void loadClasses() {
    read("1 'a\\N{EURO SIGN}' 4\n".getBytes(UTF_8));
    read(TokenizerJsonTest.json("ab").getBytes(UTF_8));
    read("rwkvx-vocabulary 1 1\n\\xff\n".getBytes(UTF_8));
  }

  @Test
  void worldFiles() {
    StringBuilder file = new StringBuilder();
    for (int id = 1; id <= 40; id++) {
      file.append("%d b'\\x%02x' 1\n".formatted(id, id));
    }
    file.append("41 '\\N{EURO SIGN}\\u00e9' 5\n42 '\\U0001F600' 4\n44 \"it's\" 4\n45 'ab' 2\n");
    survives(file.toString().getBytes(UTF_8), 21);
  }

  @Test
  void compactFiles() {
    StringBuilder file = new StringBuilder("rwkvx-vocabulary 1 42\nthe\n\\n\\t\n");
    for (int id = 3; id <= 42; id++) {
      file.append("\\x%02x日\n".formatted(0xff - id));
    }
    survives(file.toString().getBytes(UTF_8), 22);
  }

  @Test
  void tokenizerFiles() {
    // Without the null of JSON, for messages quote the file.
    String json = TokenizerJsonTest.json("ab", "abc").replaceAll("\"\\w+\": null,", "");
    survives(json.getBytes(UTF_8), 23);
  }

  private static void survives(byte[] original, long seed) {
    Texts texts = new Texts(seed);
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] file = original;
      for (int mutations = 1 + texts.below(3); mutations > 0; mutations--) {
        file = mutate(file, texts);
      }
      refused += read(file) ? 0 : 1;
    }
    assertThat(refused).isBetween(MUTATIONS / 4, MUTATIONS - 100);
  }

  /** Anything but an {@link InputException} fails the test. */
  private static boolean read(byte[] bytes) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    try {
      Vocabulary vocabulary = Vocabulary.load(FILE, bytes);
      assertThat(new ByteTrie(vocabulary).byteSize()).isPositive();
      assertThat(threads.getCurrentThreadAllocatedBytes() - before)
          .isLessThan(BYTES_PER_FILE_BYTE * bytes.length + CONSTANT_BYTES);
      if (vocabulary.size() < 1000) {
        String text = vocabulary.toText();
        assertThat(Vocabulary.fromText("again", text).toText()).isEqualTo(text);
      }
      return true;
    } catch (InputException refusal) {
      // What JSON expects is a word of its own, not Java's.
      String sentence = String.valueOf(refusal.getMessage()).replace("expected null", "");
      assertThat(sentence).isNotBlank().doesNotContain("null");
      assertThat(threads.getCurrentThreadAllocatedBytes() - before)
          .isLessThan(BYTES_PER_FILE_BYTE * bytes.length + CONSTANT_BYTES);
      return false;
    }
  }

  private static byte[] mutate(byte[] file, Texts texts) {
    int from = texts.below(file.length + 1);
    int to = Math.min(file.length, from + texts.below(4));
    byte[] middle =
        switch (texts.below(5)) {
          case 0 -> texts.bytes(1);
          case 1, 2 -> FRAGMENTS[texts.below(FRAGMENTS.length)].getBytes(UTF_8);
          case 3 -> slice(file, texts.below(file.length + 1), texts.below(30));
          default -> new byte[0];
        };
    byte[] tail = texts.below(200) == 0 ? new byte[0] : slice(file, to, file.length);
    byte[] mutated = new byte[from + middle.length + tail.length];
    System.arraycopy(file, 0, mutated, 0, from);
    System.arraycopy(middle, 0, mutated, from, middle.length);
    System.arraycopy(tail, 0, mutated, from + middle.length, tail.length);
    return mutated;
  }

  private static byte[] slice(byte[] file, int from, int length) {
    byte[] slice = new byte[Math.min(length, file.length - from)];
    System.arraycopy(file, from, slice, 0, slice.length);
    return slice;
  }
}
