package dev.rwkvx.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import org.junit.jupiter.api.Test;

class StreamingDecoderTest {
  private static final Tokenizer BYTES = new Tokenizer(Vocabulary.bytes());
  private static final Tokenizer SMALL =
      new Tokenizer(Vocabularies.small("日本", "hello", "x".repeat(300)));

  @Test
  void holdsBackUnfinishedCharacters() {
    StreamingDecoder decoder = BYTES.streamingDecoder();
    assertThat(decoder.append('a')).isEqualTo("a");
    assertThat(decoder.append(0xf0)).isEmpty();
    assertThat(decoder.append(0x9f)).isEmpty();
    assertThat(decoder.append(0x98)).isEmpty();
    assertThat(decoder.append(0x80)).isEqualTo("😀");
    assertThat(decoder.append(0xc3)).isEmpty();
    assertThat(decoder.append('b')).isEqualTo("\ufffdb");
    assertThat(decoder.append(0xff)).isEqualTo("\ufffd");
    assertThat(decoder.append(0xe6)).isEmpty();
    assertThat(decoder.finish()).isEqualTo("\ufffd");
    assertThat(decoder.append(0x80)).isEqualTo("\ufffd");
    assertThat(decoder.finish()).isEmpty();
  }

  @Test
  void takesTokensOfAnyLength() {
    StreamingDecoder decoder = SMALL.streamingDecoder();
    assertThat(decoder.append(0xe6 + 1)).isEmpty();
    assertThat(decoder.append(SMALL.encode("x".repeat(300))[0]))
        .isEqualTo("\ufffd" + "x".repeat(300));
  }

  @Test
  void piecesOfTextAreWholeCharactersAndGiveTheText() {
    Texts texts = new Texts(7);
    for (int round = 0; round < 2000; round++) {
      String text = texts.unicode(texts.below(40));
      StringBuilder joined = new StringBuilder();
      int read = 0;
      byte[] bytes = text.getBytes(UTF_8);
      StreamingDecoder decoder = BYTES.streamingDecoder();
      for (int id : BYTES.encode(text)) {
        joined.append(decoder.append(id));
        read++;
        assertThat(joined.toString()).isEqualTo(wholeCharacters(bytes, read));
      }
      assertThat(decoder.finish()).isEmpty();
      assertThat(joined.toString()).isEqualTo(text);
    }
  }

  @Test
  void anyBytesGiveWhatTheWholeGives() {
    Texts texts = new Texts(8);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = texts.bytes(texts.below(24));
      for (int i = 0; i < bytes.length; i++) {
        // Mostly bytes of multi-byte characters, so that many sequences nearly are characters.
        bytes[i] |= (byte) (texts.below(4) > 0 ? 0x80 : 0);
      }
      StreamingDecoder decoder = SMALL.streamingDecoder();
      StringBuilder joined = new StringBuilder();
      for (int id : SMALL.encode(bytes)) {
        joined.append(decoder.append(id));
      }
      joined.append(decoder.finish());
      assertThat(joined.toString()).isEqualTo(new String(bytes, UTF_8));
    }
  }

  private static String wholeCharacters(byte[] bytes, int count) {
    CharBuffer text = CharBuffer.allocate(count);
    UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, count), text, false);
    return text.flip().toString();
  }
}
