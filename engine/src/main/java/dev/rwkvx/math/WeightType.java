package dev.rwkvx.math;

/** How the elements of a {@link Matrix} are stored. */
public enum WeightType {
  /** IEEE 754 binary32. */
  F32(1, 4 * Kernels.PANEL),
  /** The upper half of a binary32. */
  BF16(1, 2 * Kernels.PANEL),
  /** IEEE 754 binary16; finite values only. */
  F16(1, 2 * Kernels.PANEL),
  /** 8-bit codes with a scale per 32 inputs: 8.5 bits per weight. */
  Q8(QuantizedLayout.GROUP, QuantizedLayout.Q8_BYTES),
  /** 4-bit codes with a scale and a minimum per 32 inputs: 5 bits per weight. */
  Q4(QuantizedLayout.GROUP, QuantizedLayout.Q4_BYTES);

  private final int groupInputs;
  private final int groupBytes;

  WeightType(int groupInputs, int groupBytes) {
    this.groupInputs = groupInputs;
    this.groupBytes = groupBytes;
  }

  /** Bytes of a panel of 32 outputs. */
  long panelBytes(int inputs) {
    return (long) ((inputs + groupInputs - 1) / groupInputs) * groupBytes;
  }

  /** Whether weights are codes with scales. */
  public boolean isQuantized() {
    return groupInputs > 1;
  }

  /** Bytes of one weight that is not quantised. */
  int bytes() {
    return groupBytes / Kernels.PANEL;
  }

  /** Bits per weight, scales included. */
  public double bits() {
    return 8.0 * groupBytes / (groupInputs * Kernels.PANEL);
  }
}
