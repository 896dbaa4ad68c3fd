package dev.rwkvx.training.data;

/** How the tokens of a {@link TokenFile} are stored, little-endian. */
public enum TokenType {
  /** Unsigned integers of 8 bits. */
  UINT8(1, Byte.BYTES, 1 << 8),
  /** Signed integers of 32 bits. */
  INT32(4, Integer.BYTES, Integer.MAX_VALUE),
  /** Unsigned integers of 16 bits. */
  UINT16(8, Short.BYTES, 1 << 16);

  private final int code;
  private final int width;
  private final int limit;

  TokenType(int code, int width, int limit) {
    this.code = code;
    this.width = width;
    this.limit = limit;
  }

  /** The number of the type in an index file. */
  int code() {
    return code;
  }

  /** {@return bytes of a token} */
  public int width() {
    return width;
  }

  /** {@return tokens are below this} */
  public int limit() {
    return limit;
  }
}
