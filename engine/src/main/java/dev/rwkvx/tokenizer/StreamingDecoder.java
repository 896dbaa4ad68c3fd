package dev.rwkvx.tokenizer;

import dev.rwkvx.InputException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Text out of token ids that come one by one, in whole characters: bytes that may still become a
 * character are held back. The pieces joined are what {@link Tokenizer#decodeToString} gives for
 * the whole sequence.
 */
public final class StreamingDecoder {
  private static final int MAX_HELD_BYTES = 3;

  private final Vocabulary vocabulary;
  private final CharsetDecoder utf8 =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private ByteBuffer held = ByteBuffer.allocate(64);
  private CharBuffer text = CharBuffer.allocate(64);

  StreamingDecoder(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * Takes the next id and returns the characters that are complete now, often none.
   *
   * @param id a token id of the vocabulary
   * @return whole characters, perhaps none
   * @throws InputException when the id is outside the vocabulary; nothing has changed then
   */
  public String append(int id) {
    byte[] token = vocabulary.decode(id);
    reserve(token.length + MAX_HELD_BYTES);
    return decode(held.put(token), false);
  }

  /**
   * Returns U+FFFD for bytes that never became a character, and starts anew.
   *
   * @return U+FFFD if a character was incomplete, else nothing
   */
  public String finish() {
    String rest = decode(held, true);
    utf8.reset();
    return rest;
  }

  private String decode(ByteBuffer bytes, boolean end) {
    utf8.decode(bytes.flip(), text.clear(), end);
    if (end) {
      utf8.flush(text);
    }
    bytes.compact();
    return text.flip().toString();
  }

  private void reserve(int bytes) {
    if (held.capacity() < bytes) {
      held = ByteBuffer.allocate(2 * bytes).put(held.flip());
      text = CharBuffer.allocate(2 * bytes);
    }
  }
}
