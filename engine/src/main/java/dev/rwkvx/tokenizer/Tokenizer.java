package dev.rwkvx.tokenizer;

import dev.rwkvx.InputException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Text to token ids and back: from left to right, always the longest token of the vocabulary that
 * the next bytes begin with. Immutable, for any number of threads.
 */
public final class Tokenizer {
  private final Vocabulary vocabulary;
  private final ByteTrie trie;

  /**
   * Builds the search tree: some megabytes for 65,536 tokens. Warns when single bytes are missing,
   * because text with such a byte may then have no tokens.
   *
   * @param vocabulary the tokens and their ids
   * @throws InputException when two ids have the same bytes
   */
  public Tokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    trie = new ByteTrie(vocabulary);
    long missing =
        IntStream.range(0, 256)
            .map(value -> trie.child(trie.root(), (byte) value))
            .filter(node -> node == ByteTrie.NONE || !trie.isToken(node))
            .count();
    if (missing > 0) {
      Logger log = LoggerFactory.getLogger(Tokenizer.class);
      log.warn(
          "The vocabulary '{}' lacks {} of the 256 single bytes: not every text can be encoded",
          vocabulary.name(),
          missing);
    }
  }

  /** {@return the tokens and their ids} */
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /**
   * {@return the ids of a text}
   *
   * @param text any characters; a half of a surrogate pair becomes {@code ?}
   * @throws InputException when the vocabulary has no token for some byte
   */
  public int[] encode(String text) {
    return encode(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * {@return the ids of a text in UTF-8, or of any other bytes; see {@link #encode(String)}}
   *
   * @param utf8 bytes, of which none is changed
   */
  public int[] encode(byte[] utf8) {
    IntBuilder ids = new IntBuilder();
    encode(utf8, 0, utf8.length, ids);
    return ids.toArray();
  }

  /**
   * Hands the ids of the bytes {@code from … to − 1} to a sink in order; allocates nothing.
   *
   * @param utf8 bytes, of which none is changed
   * @param from index of the first byte to encode
   * @param to index after the last one
   * @param ids takes the ids
   * @throws InputException when the vocabulary has no token for some byte; the ids before it have
   *     been handed out
   */
  public void encode(byte[] utf8, int from, int to, IntConsumer ids) {
    int at = from;
    while (at < to) {
      int node = trie.root();
      int id = ByteTrie.NONE;
      int end = at;
      for (int i = at; i < to; i++) {
        node = trie.child(node, utf8[i]);
        if (node == ByteTrie.NONE) {
          break;
        }
        if (trie.isToken(node)) {
          id = node;
          end = i + 1;
        }
      }
      if (id == ByteTrie.NONE) {
        throw new InputException(
            "The vocabulary '%s' has no token for the byte 0x%02x at offset %d of the text"
                .formatted(vocabulary.name(), utf8[at] & 0xff, at - from));
      }
      ids.accept(id);
      at = end;
    }
  }

  /**
   * {@return the bytes of a sequence of ids} Id 0 gives none where it ends a document.
   *
   * @param ids token ids of the vocabulary
   * @throws InputException when an id is outside the vocabulary
   */
  public byte[] decode(int[] ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(4 * ids.length);
    for (int id : ids) {
      bytes.writeBytes(vocabulary.decode(id));
    }
    return bytes.toByteArray();
  }

  /**
   * {@return the text of a sequence of ids; what is not UTF-8 becomes U+FFFD}
   *
   * @param ids token ids of the vocabulary
   */
  public String decodeToString(int[] ids) {
    return new String(decode(ids), StandardCharsets.UTF_8);
  }

  /** {@return a decoder for ids that come one by one} */
  public StreamingDecoder streamingDecoder() {
    return new StreamingDecoder(vocabulary);
  }
}
