package dev.rwkvx.io;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.rwkvx.InputException;
import dev.rwkvx.Printable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Bytes of a file under the name that error messages give the file. All reads are little-endian and
 * checked: what lies outside is an {@link InputException}, before anything is allocated.
 *
 * @param name begins every error message
 * @param bytes the whole content
 */
public record ByteSource(String name, MemorySegment bytes) {
  private static final int MAX_ERROR = 500;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

  /** {@return the number of bytes} */
  public long size() {
    return bytes.byteSize();
  }

  /**
   * {@return the byte at an offset}
   *
   * @param at offset from the start
   */
  public int unsignedByte(long at) {
    return bytes.get(ValueLayout.JAVA_BYTE, checked(at, 1)) & 0xff;
  }

  /**
   * {@return the 16 bits at an offset, without a sign}
   *
   * @param at offset of the first byte
   */
  public int unsignedShort(long at) {
    return bytes.get(SHORT, checked(at, 2)) & 0xffff;
  }

  /**
   * {@return the 32 bits at an offset}
   *
   * @param at offset of the first byte
   */
  public int signedInt(long at) {
    return bytes.get(INT, checked(at, 4));
  }

  /**
   * {@return the 32 bits at an offset, without a sign}
   *
   * @param at offset of the first byte
   */
  public long unsignedInt(long at) {
    return Integer.toUnsignedLong(signedInt(at));
  }

  /**
   * {@return the 64 bits at an offset}
   *
   * @param at offset of the first byte
   */
  public long signedLong(long at) {
    return bytes.get(LONG, checked(at, 8));
  }

  /**
   * {@return a view of some bytes}
   *
   * @param at offset of the first byte
   * @param length number of bytes
   */
  public MemorySegment slice(long at, long length) {
    return bytes.asSlice(checked(at, length), length);
  }

  /**
   * {@return some bytes as an array; callers bound {@code length} themselves}
   *
   * @param at offset of the first byte
   * @param length number of bytes
   */
  public byte[] array(long at, long length) {
    return slice(at, length).toArray(ValueLayout.JAVA_BYTE);
  }

  /**
   * {@return some bytes as text}
   *
   * @param at offset of the first byte
   * @param length number of bytes
   * @throws InputException when they are not UTF-8
   */
  public String utf8(long at, long length) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(slice(at, length).asByteBuffer())
          .toString();
    } catch (CharacterCodingException e) {
      throw new InputException(
          name + ": the text at byte " + at + " is not valid UTF-8; the file is damaged", e);
    }
  }

  /**
   * {@return whether the ASCII characters of {@code text} stand at {@code at}}
   *
   * @param at offset of the first byte; outside is no error
   * @param text ASCII characters
   */
  public boolean startsWith(long at, String text) {
    if (at < 0 || at > size() - text.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (unsignedByte(at + i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * {@return an error that names the file; what it quotes from the file cannot flood or steer a
   * terminal}
   *
   * @param problem the rest of the sentence
   */
  public InputException error(String problem) {
    return error(name, problem);
  }

  /**
   * {@return the same for a file of which only the name is at hand}
   *
   * @param name of the file
   * @param problem the rest of the sentence
   */
  public static InputException error(String name, String problem) {
    String line = Printable.excerpt(problem, MAX_ERROR).replaceAll("[\n\r\t]", "\uFFFD");
    return new InputException(name + ": " + line);
  }

  private long checked(long at, long length) {
    if (at < 0 || length < 0 || at > size() - length) {
      throw error(
          "is truncated or damaged: "
              + length
              + " bytes are expected at byte "
              + at
              + ", but there are only "
              + size());
    }
    return at;
  }
}
