package dev.rwkvx.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompactFormatTest {
  @Test
  void numbersTheLinesFromOne() {
    Vocabulary vocabulary =
        Vocabulary.fromText("v", "rwkvx-vocabulary 1 4\nthe\n é\\n\n\n\\xff\\\\\\t\\r\n");
    assertThat(vocabulary.size()).isEqualTo(5);
    assertThat(vocabulary.bytesOf(0)).isEmpty();
    assertThat(vocabulary.bytesOf(1)).hasValue("the".getBytes(UTF_8));
    assertThat(vocabulary.bytesOf(2)).hasValue(" é\n".getBytes(UTF_8));
    assertThat(vocabulary.bytesOf(3)).isEmpty();
    assertThat(vocabulary.bytesOf(4)).hasValue(new byte[] {(byte) 0xff, '\\', '\t', '\r'});
  }

  @Test
  void writesReadableText() {
    Vocabulary vocabulary = new Vocabulary("v", new byte[][] {{}, "日\n".getBytes(UTF_8), {-1}});
    assertThat(vocabulary.toText()).isEqualTo("rwkvx-vocabulary 1 2\n日\\n\n\\xff\n");
  }

  @Test
  void keepsAnyBytes() {
    Texts texts = new Texts(11);
    byte[][] tokens = new byte[5000][];
    for (int id = 0; id < tokens.length; id++) {
      tokens[id] =
          switch (id % 3) {
            case 0 -> texts.bytes(1 + texts.below(6));
            case 1 -> texts.unicode(1 + texts.below(6)).getBytes(UTF_8);
            default -> new byte[] {(byte) id, (byte) (id >> 8)};
          };
    }
    tokens[0] = Vocabulary.NO_BYTES;
    tokens[7] = Vocabulary.NO_BYTES;
    tokens[tokens.length - 1] = Vocabulary.NO_BYTES;
    assertSame(new Vocabulary("v", tokens));
  }

  @Test
  void keepsTheByteVocabulary() {
    assertThat(Vocabulary.bytes().toText()).isEqualTo("rwkvx-vocabulary 1 bytes\n");
    assertSame(Vocabulary.bytes());
    assertThat(Vocabulary.fromText("v", "rwkvx-vocabulary 1 bytes").name()).isEqualTo("bytes");
  }

  @Test
  void keepsTheWorldVocabulary() {
    assertSame(Vocabulary.world(SharedFiles.path("vocab/rwkv_vocab_v20230424.txt")));
  }

  @Test
  void isRecognisedInFiles(@TempDir Path folder) throws IOException {
    Path compact = folder.resolve("tiny.vocab.txt");
    Files.writeString(compact, "rwkvx-vocabulary 1 1\na\n");
    assertThat(Vocabulary.load(compact).name()).isEqualTo("tiny.vocab");
    assertThat(Vocabulary.load(compact).size()).isEqualTo(2);

    Path world = folder.resolve("world.txt");
    Files.writeString(world, "5 'a' 1\n");
    assertThat(Vocabulary.load(world).size()).isEqualTo(6);
  }

  @Test
  void filesThatAreNoTextAreRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("binary");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Vocabulary.load(file))
        .withMessage(file + ": no such vocabulary file");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Vocabulary.load(folder))
        .withMessage(folder + " is a folder; expected a file");
    Files.write(file, new byte[] {'1', ' ', (byte) 0xc3, '('});
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Vocabulary.load(file))
        .withMessage(file + ": a vocabulary is UTF-8 text, found other bytes");
    Files.write(file, new byte[Vocabulary.MAX_FILE_BYTES + 1]);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Vocabulary.load(file))
        .withMessage(file + ": a vocabulary has at most 16777216 bytes, found 16777217");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "rwkvx-vocabulary 2 1\na\n",
        "rwkvx-vocabulary 1 \na\n",
        "rwkvx-vocabulary 1 x\na\n",
        "rwkvx-vocabulary 1 bytes\na\n",
        "rwkvx-vocabulary 1 0\n",
        "rwkvx-vocabulary 1 -1\n",
        "rwkvx-vocabulary 1 1048576\n",
        "rwkvx-vocabulary 1 1000000\na\n",
        "rwkvx-vocabulary 1 2\na\n",
        "rwkvx-vocabulary 1 1\na\nb\n",
        "rwkvx-vocabulary 1 1\n\\q\n",
        "rwkvx-vocabulary 1 1\na\\\n",
        "rwkvx-vocabulary 1 1\n\\x4\n",
        "rwkvx-vocabulary 1 1\n\\xg0\n",
      })
  void refusesWhatIsNoVocabulary(String text) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Vocabulary.fromText("v", text))
        .withMessageStartingWith("vocabulary 'v'");
  }

  private static void assertSame(Vocabulary vocabulary) {
    Vocabulary back = Vocabulary.fromText(vocabulary.name(), vocabulary.toText());
    assertThat(back.size()).isEqualTo(vocabulary.size());
    for (int id = 0; id < back.size(); id++) {
      assertThat(back.bytesOf(id).orElse(null))
          .as("id %d", id)
          .isEqualTo(vocabulary.bytesOf(id).orElse(null));
    }
  }
}
