package dev.rwkvx.training.data;

/** How the tokens of a {@link TokenFile} are stored, little-endian. */
public enum TokenType {
  UINT8(1, Byte.BYTES, 1 << 8),
  INT32(4, Integer.BYTES, Integer.MAX_VALUE),
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

  /** Bytes of a token. */
  public int width() {
    return width;
  }

  /** Tokens are below this. */
  public int limit() {
    return limit;
  }
}
