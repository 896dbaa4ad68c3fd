package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Rounds groups of 32 weights of one output to 8 or 4 bits, and lays them out as panels. The scale
 * (and minimum) is the one of a few candidates that leaves the smallest squared error.
 */
public final class Quantizer {
  private static final int GROUP = QuantizedLayout.GROUP;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  /** Candidates for each end of the range of a 4-bit group. */
  private static final int STEPS = 8;

  private Quantizer() {}

  /** Whether a matrix with this number of inputs can be quantised: whole groups only. */
  public static boolean fits(int inputs) {
    return inputs % GROUP == 0;
  }

  /**
   * Quantises one panel.
   *
   * @param type Q8 or Q4
   * @param rows up to 32 outputs × inputs; {@code inputs} is a multiple of 32
   * @param outputs rows in use
   * @param panel receives the panel, zeroed beforehand
   */
  public static void quantize(
      WeightType type, float[] rows, int outputs, int inputs, MemorySegment panel) {
    if (!fits(inputs)) {
      throw new IllegalArgumentException("inputs must be a multiple of 32, found " + inputs);
    }
    CodeGroup group = new CodeGroup();
    for (int output = 0; output < outputs; output++) {
      for (int i = 0; i < inputs; i += GROUP) {
        round(type, rows, output * inputs + i, group);
        put(type, group, i / GROUP, output, panel);
      }
    }
  }

  /**
   * Rounds 32 weights.
   *
   * @param type Q8 or Q4
   * @param w the weights at {@code [at, at + 32)}
   * @param group receives codes and scales
   */
  public static void round(WeightType type, float[] w, int at, CodeGroup group) {
    switch (type) {
      case Q8 -> q8(w, at, group);
      case Q4 -> q4(w, at, group);
      default -> throw new IllegalArgumentException(type + " is not quantised");
    }
  }

  /**
   * Puts a group of weights into a panel.
   *
   * @param type Q8 or Q4
   * @param index of the group among those of its output
   * @param lane output within the panel
   * @param panel zero at the places of these weights
   */
  public static void put(
      WeightType type, CodeGroup group, int index, int lane, MemorySegment panel) {
    long base = type.panelBytes(index * GROUP);
    putHalf(panel, base, lane, group.scale());
    if (type == WeightType.Q8) {
      for (int i = 0; i < GROUP; i++) {
        long word = base + QuantizedLayout.Q8_CODES + i / 2 * (long) QuantizedLayout.ROW;
        put(panel, word, lane, group.code(i) + 128, QuantizedLayout.shift8(i, lane));
      }
      return;
    }
    putHalf(panel, base + QuantizedLayout.Q4_MINIMA, lane, group.minimum());
    for (int i = 0; i < GROUP; i++) {
      long word = base + QuantizedLayout.Q4_CODES + i / 4 * (long) QuantizedLayout.ROW;
      put(panel, word, lane, group.code(i), QuantizedLayout.rotation4(i, lane));
    }
  }

  /**
   * Takes a group of weights out of a matrix.
   *
   * @param matrix of type Q8 or Q4
   * @param output its row
   * @param index of the group among those of the row
   * @param group receives codes and scales
   */
  public static void get(Matrix matrix, int output, int index, CodeGroup group) {
    QuantizedLayout.get(matrix, output, index, group);
  }

  private static void q8(float[] w, int at, CodeGroup group) {
    float largest = 0f;
    for (int i = 0; i < GROUP; i++) {
      largest = Math.max(largest, Math.abs(w[at + i]));
    }
    short half = upwards(largest / 127);
    float scale = Float.float16ToFloat(half);
    group.scales(half, (short) 0);
    for (int i = 0; i < GROUP; i++) {
      group.code(i, scale == 0 ? 0 : Math.clamp(Math.round(w[at + i] / scale), -127, 127));
    }
  }

  /** The smallest binary16 that is not below {@code value}, so that no weight is cut off. */
  private static short upwards(float value) {
    short half = Float.floatToFloat16(value);
    return Float.float16ToFloat(half) < value ? (short) (half + 1) : half;
  }

  private static void q4(float[] w, int at, CodeGroup group) {
    float low = w[at];
    float high = w[at];
    double squares = 0;
    for (int i = 0; i < GROUP; i++) {
      low = Math.min(low, w[at + i]);
      high = Math.max(high, w[at + i]);
      squares += w[at + i] * w[at + i];
    }
    // A range somewhat smaller than the whole rounds most weights better and cuts off a few.
    double rms = Math.sqrt(squares / GROUP);
    float step = (high - low) / (4 * STEPS);
    short bestScale = 0;
    short bestMinimum = 0;
    double bestError = Double.POSITIVE_INFINITY;
    for (int candidate = 0; candidate < STEPS * STEPS; candidate++) {
      float from = low + step * (candidate / STEPS);
      float to = high - step * (candidate % STEPS);
      short minimum = Float.floatToFloat16(from);
      short scale = Float.floatToFloat16((to - from) / 15);
      double error = error(w, at, rms, Float.float16ToFloat(scale), Float.float16ToFloat(minimum));
      if (error < bestError) {
        bestError = error;
        bestScale = scale;
        bestMinimum = minimum;
      }
    }
    group.scales(bestScale, bestMinimum);
    float scale = Float.float16ToFloat(bestScale);
    float minimum = Float.float16ToFloat(bestMinimum);
    for (int i = 0; i < GROUP; i++) {
      group.code(i, code(w[at + i], scale, minimum));
    }
  }

  private static int code(float w, float scale, float minimum) {
    return scale > 0 ? Math.clamp(Math.round((w - minimum) / scale), 0, 15) : 0;
  }

  /** Squared error in which large weights, which make large outputs, count more. */
  private static double error(float[] w, int at, double rms, float scale, float minimum) {
    double sum = 0;
    for (int i = at; i < at + GROUP; i++) {
      double d = w[i] - (minimum + scale * code(w[i], scale, minimum));
      sum += d * d * (Math.abs(w[i]) + rms);
    }
    return sum;
  }

  private static void putHalf(MemorySegment panel, long row, int lane, short half) {
    put(panel, row, lane, half & 0xffff, lane < QuantizedLayout.LANES ? 0 : 16);
  }

  /** Ors a value into the int of a lane, its lowest bit at {@code shift}. */
  private static void put(MemorySegment panel, long row, int lane, int value, int shift) {
    long at = row + lane % QuantizedLayout.LANES * 4L;
    panel.set(INT, at, panel.get(INT, at) | Integer.rotateLeft(value, shift));
  }
}
