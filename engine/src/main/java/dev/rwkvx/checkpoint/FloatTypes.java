package dev.rwkvx.checkpoint;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Conversions between float and the 16-bit floating-point types. Widening is exact; narrowing
 * rounds to nearest, ties to even, overflows to infinity and keeps NaN a NaN.
 */
public final class FloatTypes {
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private FloatTypes() {}

  /**
   * {@return the value of a bfloat16 bit pattern: the upper half of a float}
   *
   * @param bits the pattern
   */
  public static float bf16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /**
   * {@return the bfloat16 bit pattern nearest to a float}
   *
   * @param value any float; ties go to even, what is too large becomes infinite
   */
  public static short floatToBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // A payload that sits only in the lower half would be cut off, which leaves an infinity.
      return (short) ((bits >>> 16) | 0x40);
    }
    int roundToEven = 0x7fff + ((bits >>> 16) & 1);
    return (short) ((bits + roundToEven) >>> 16);
  }

  /**
   * {@return the value of an IEEE half-precision bit pattern}
   *
   * @param bits the pattern
   */
  public static float f16ToFloat(short bits) {
    return Float.float16ToFloat(bits);
  }

  /**
   * {@return the IEEE half-precision bit pattern nearest to a float}
   *
   * @param value any float; ties go to even, what is too large becomes infinite
   */
  public static short floatToF16(float value) {
    return Float.floatToFloat16(value);
  }

  /**
   * Reads elements {@code [from, from + count)} of little-endian {@code data} as floats.
   *
   * @param data holds at least {@code from + count} elements, at any alignment
   * @param type a floating type; {@link DType#F64} is rounded to nearest, all others are exact
   * @param from index of the first element
   * @param target receives the values at {@code [at, at + count)}
   * @param at index of the first value to set
   * @param count elements
   */
  public static void widen(
      MemorySegment data, DType type, long from, float[] target, int at, int count) {
    switch (type) {
      case F32 -> MemorySegment.copy(data, FLOAT, from * 4, target, at, count);
      case F64 -> {
        for (int i = 0; i < count; i++) {
          target[at + i] = (float) data.get(DOUBLE, (from + i) * 8);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          target[at + i] = f16ToFloat(data.get(SHORT, (from + i) * 2));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          target[at + i] = bf16ToFloat(data.get(SHORT, (from + i) * 2));
        }
      }
      default -> throw new IllegalArgumentException(type + " is not a floating type");
    }
  }

  /**
   * Writes {@code values[from, from + count)} as little-endian elements to the start of {@code
   * target}.
   *
   * @param values what is written
   * @param from index of the first element
   * @param count elements
   * @param type a floating type
   * @param target has room for {@code count} elements, at any alignment
   */
  public static void narrow(float[] values, int from, int count, DType type, MemorySegment target) {
    switch (type) {
      case F32 -> MemorySegment.copy(values, from, target, FLOAT, 0, count);
      case F64 -> {
        for (int i = 0; i < count; i++) {
          target.set(DOUBLE, i * 8L, values[from + i]);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          target.set(SHORT, i * 2L, floatToF16(values[from + i]));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          target.set(SHORT, i * 2L, floatToBf16(values[from + i]));
        }
      }
      default -> throw new IllegalArgumentException(type + " is not a floating type");
    }
  }
}
