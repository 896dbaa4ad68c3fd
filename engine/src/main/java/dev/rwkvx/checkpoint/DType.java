package dev.rwkvx.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * The element types of stored tensors: plain ones, under the labels of the safetensors format, and
 * the quantised ones of GGUF files, whose elements come in blocks that share scales.
 */
public enum DType {
  /** IEEE double precision. */
  F64(8, Kind.FLOATING),
  /** IEEE single precision. */
  F32(4, Kind.FLOATING),
  /** IEEE half precision. */
  F16(2, Kind.FLOATING),
  /** The upper half of an IEEE single-precision number. */
  BF16(2, Kind.FLOATING),
  /** Signed integers of 64 bits. */
  I64(8, Kind.OTHER),
  /** Signed integers of 32 bits. */
  I32(4, Kind.OTHER),
  /** Signed integers of 16 bits. */
  I16(2, Kind.OTHER),
  /** Signed integers of 8 bits. */
  I8(1, Kind.OTHER),
  /** Unsigned integers of 8 bits. */
  U8(1, Kind.OTHER),
  /** Truth values in a byte each, 0 or 1. */
  BOOL(1, Kind.OTHER),
  /** Blocks of 32 codes of 8 bits with a scale. */
  Q8_0(32, 34),
  /** Blocks of 32 codes of 4 bits with a scale. */
  Q4_0(32, 18),
  /** Blocks of 32 codes of 4 bits with a scale and a minimum. */
  Q4_1(32, 20),
  /** Blocks of 32 codes of 5 bits with a scale. */
  Q5_0(32, 22),
  /** Blocks of 32 codes of 5 bits with a scale and a minimum. */
  Q5_1(32, 24),
  /** Blocks of 256 codes of 2 bits, a scale and a minimum for each 16. */
  Q2_K(256, 84),
  /** Blocks of 256 codes of 3 bits, a scale for each 16. */
  Q3_K(256, 110),
  /** Blocks of 256 codes of 4 bits, a scale and a minimum for each 32. */
  Q4_K(256, 144),
  /** Blocks of 256 codes of 5 bits, a scale and a minimum for each 32. */
  Q5_K(256, 176),
  /** Blocks of 256 codes of 6 bits, a scale for each 16. */
  Q6_K(256, 210),
  /** Blocks of 32 codes of 4 bits out of a table, with a scale. */
  IQ4_NL(32, 18),
  /** Blocks of 256 codes of 4 bits out of a table, a scale for each 32. */
  IQ4_XS(256, 136);

  private enum Kind {
    FLOATING,
    QUANTIZED,
    OTHER
  }

  private final int blockElements;
  private final int bytes;
  private final Kind kind;

  DType(int bytes, Kind kind) {
    this.blockElements = 1;
    this.bytes = bytes;
    this.kind = kind;
  }

  DType(int blockElements, int bytes) {
    this.blockElements = blockElements;
    this.bytes = bytes;
    this.kind = Kind.QUANTIZED;
  }

  /** {@return size in bytes of one element, or of one block of a quantised type} */
  public int bytes() {
    return bytes;
  }

  /** {@return elements of a block, 1 for types that are not quantised} */
  public int blockElements() {
    return blockElements;
  }

  /**
   * {@return the size of some elements in bytes}
   *
   * @param elements whole blocks
   * @throws ArithmeticException when it exceeds 2^63 − 1
   */
  public long byteSize(long elements) {
    if (elements % blockElements != 0) {
      throw new IllegalArgumentException(elements + " elements are no whole blocks of " + this);
    }
    return Math.multiplyExact(elements / blockElements, bytes);
  }

  /** {@return whether elements are floating-point numbers, each stored by itself} */
  public boolean isFloating() {
    return kind == Kind.FLOATING;
  }

  /** {@return whether elements are codes that share scales} */
  public boolean isQuantized() {
    return kind == Kind.QUANTIZED;
  }

  /**
   * {@return the name of the type, in safetensors headers and in messages, such as {@code BF16}}
   */
  public String label() {
    return name();
  }

  /** The type with this label in safetensors headers, or null when there is none. */
  static @Nullable DType ofLabel(String label) {
    for (DType type : values()) {
      if (type.label().equals(label) && !type.isQuantized()) {
        return type;
      }
    }
    return null;
  }
}
