package dev.rwkvx.math;

/** How the elements of a {@link Matrix} are stored. */
public enum WeightType {
  /** IEEE 754 binary32. */
  F32(4),
  /** The upper half of a binary32. */
  BF16(2),
  /** IEEE 754 binary16; finite values only. */
  F16(2);

  private final int bytes;

  WeightType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }
}
