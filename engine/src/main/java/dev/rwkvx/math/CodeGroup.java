package dev.rwkvx.math;

/**
 * The weights of one output for 32 inputs: codes with a binary16 scale d and, at 4 bits, a binary16
 * minimum m. Of 8 bits a weight is d · code with codes in −128 … 127, of 4 bits m + d · code with
 * codes in 0 … 15. A buffer, to be filled again and again.
 */
public final class CodeGroup {
  /** Weights of a group. */
  public static final int SIZE = QuantizedLayout.GROUP;

  private final int[] codes = new int[SIZE];
  private short scale;
  private short minimum;

  /** The code of an input. */
  public int code(int input) {
    return codes[input];
  }

  /** Sets the code of an input, which must be in the range of the type. */
  public void code(int input, int code) {
    codes[input] = code;
  }

  /** d, as bits of a binary16. */
  public short scale() {
    return scale;
  }

  /** m, as bits of a binary16; without meaning at 8 bits. */
  public short minimum() {
    return minimum;
  }

  /** Sets d and m, which must be finite. */
  public void scales(short newScale, short newMinimum) {
    scale = newScale;
    minimum = newMinimum;
  }
}
