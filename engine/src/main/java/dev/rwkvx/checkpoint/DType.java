package dev.rwkvx.checkpoint;

import org.jspecify.annotations.Nullable;

/** The element types of stored tensors, under the labels of the safetensors format. */
public enum DType {
  F64(8, true),
  F32(4, true),
  F16(2, true),
  BF16(2, true),
  I64(8, false),
  I32(4, false),
  I16(2, false),
  I8(1, false),
  U8(1, false),
  BOOL(1, false);

  private final int bytes;
  private final boolean floating;

  DType(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** Whether elements are floating-point numbers. */
  public boolean isFloating() {
    return floating;
  }

  /** The name of the type in safetensors headers, such as {@code BF16}. */
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
