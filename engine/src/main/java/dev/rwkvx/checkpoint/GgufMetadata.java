package dev.rwkvx.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Values under keys, as they are written into a GGUF file. */
public final class GgufMetadata {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private int count;

  /**
   * Adds a text.
   *
   * @param key its name, which no other value has
   * @param value any text
   * @return this
   */
  public GgufMetadata text(String key, String value) {
    key(key, GgufValue.Type.STRING);
    string(value);
    return this;
  }

  /**
   * Adds a whole number of 32 bits without a sign.
   *
   * @param key its name, which no other value has
   * @param value not negative
   * @return this
   */
  public GgufMetadata whole(String key, int value) {
    key(key, GgufValue.Type.U32);
    u32(value);
    return this;
  }

  /**
   * Adds a fraction in single precision.
   *
   * @param key its name, which no other value has
   * @param value any
   * @return this
   */
  public GgufMetadata real(String key, float value) {
    key(key, GgufValue.Type.F32);
    u32(Float.floatToRawIntBits(value));
    return this;
  }

  /**
   * Adds a vocabulary of the tokenizer {@code rwkv}.
   *
   * @param tokens the bytes of each id; none for ids that stand for nothing, of which the first
   *     ends a document
   * @return this
   */
  public GgufMetadata vocabulary(List<byte[]> tokens) {
    text(GgufVocabulary.MODEL, GgufVocabulary.RWKV);
    list(GgufVocabulary.TOKENS, GgufValue.Type.STRING, tokens.size());
    for (int id = 0; id < tokens.size(); id++) {
      string(GgufVocabulary.text(tokens.get(id), id));
    }
    list(GgufVocabulary.KINDS, GgufValue.Type.I32, tokens.size());
    for (int id = 0; id < tokens.size(); id++) {
      u32(GgufVocabulary.kind(tokens.get(id), id));
    }
    return this;
  }

  /** How many values there are. */
  int count() {
    return count;
  }

  /** The values as they stand in the file. */
  byte[] toByteArray() {
    return bytes.toByteArray();
  }

  private void list(String key, GgufValue.Type elements, int size) {
    key(key, GgufValue.Type.LIST);
    u32(elements.ordinal());
    bytes.writeBytes(buffer(8).putLong(size).array());
  }

  private void key(String key, GgufValue.Type type) {
    count++;
    string(key);
    u32(type.ordinal());
  }

  private void string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    bytes.writeBytes(buffer(8).putLong(utf8.length).array());
    bytes.writeBytes(utf8);
  }

  private void u32(int value) {
    bytes.writeBytes(buffer(4).putInt(value).array());
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
