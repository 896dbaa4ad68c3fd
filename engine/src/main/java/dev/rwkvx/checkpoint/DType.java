package dev.rwkvx.checkpoint;

import org.jspecify.annotations.Nullable;

/** The element types of stored tensors, under the labels of the safetensors format. */
public enum DType {
  /** IEEE double precision. */
  F64(8, true),
  /** IEEE single precision. */
  F32(4, true),
  /** IEEE half precision. */
  F16(2, true),
  /** The upper half of an IEEE single-precision number. */
  BF16(2, true),
  /** Signed integers of 64 bits. */
  I64(8, false),
  /** Signed integers of 32 bits. */
  I32(4, false),
  /** Signed integers of 16 bits. */
  I16(2, false),
  /** Signed integers of 8 bits. */
  I8(1, false),
  /** Unsigned integers of 8 bits. */
  U8(1, false),
  /** Truth values in a byte each, 0 or 1. */
  BOOL(1, false);

  private final int bytes;
  private final boolean floating;

  DType(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  /** {@return size of one element in bytes} */
  public int bytes() {
    return bytes;
  }

  /** {@return whether elements are floating-point numbers} */
  public boolean isFloating() {
    return floating;
  }

  /** {@return the name of the type in safetensors headers, such as {@code BF16}} */
  public String label() {
    return name();
  }

  /** The type with this label, or null when there is none. */
  static @Nullable DType ofLabel(String label) {
    for (DType type : values()) {
      if (type.label().equals(label)) {
        return type;
      }
    }
    return null;
  }
}
