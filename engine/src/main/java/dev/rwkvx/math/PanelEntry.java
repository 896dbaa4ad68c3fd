package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One output or one input of a panel matrix, for matrices that grow by one at a time: rounded once,
 * then moved between panels and files with its bits unchanged.
 *
 * <p>An 8-bit entry has a scale for each 32 of its elements. As an output (a key) it fits the 8-bit
 * panels, whose scales belong to 32 inputs of one output. As an input (a value) it does not: there
 * the panel's own scales are one (see {@link #prepareInputs}), and whoever multiplies folds {@link
 * #scale} into the factor of this input.
 *
 * <p>Scratch memory of one thread.
 */
public final class PanelEntry {
  /** Elements that share a scale. */
  public static final int GROUP = QuantizedLayout.GROUP;

  private static final int PANEL = Kernels.PANEL;
  private static final int LANES = QuantizedLayout.LANES;
  private static final int ZERO_CODE = 128;
  private static final int LARGEST_CODE = 127;
  private static final float LARGEST_SCALE = 65504f;

  /** Two binary16 ones. */
  private static final int ONES = 0x3c003c00;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  private final WeightType type;
  private final float[] elements;

  /** Per group, each exactly a binary16. Empty unless the type is Q8. */
  private final float[] scales;

  private final byte[] codes;

  /**
   * @param type F32, BF16 or Q8
   * @param size elements; for Q8 a multiple of {@link #GROUP}
   */
  public PanelEntry(WeightType type, int size) {
    boolean quantized = type == WeightType.Q8;
    if (!quantized && type != WeightType.F32 && type != WeightType.BF16) {
      throw new IllegalArgumentException("no entries of type " + type);
    }
    if (quantized && size % GROUP != 0) {
      throw new IllegalArgumentException(size + " elements are not whole groups of " + GROUP);
    }
    this.type = type;
    elements = new float[size];
    scales = new float[quantized ? size / GROUP : 0];
    codes = new byte[quantized ? size : 0];
  }

  /** The elements as they are stored. */
  public float[] elements() {
    return elements;
  }

  /** The scale of elements {@code 32·group …}; Q8 only. */
  public float scale(int group) {
    return scales[group];
  }

  /** Bytes of {@link #toBytes}. */
  public int byteSize() {
    return switch (type) {
      case F32 -> 4 * elements.length;
      case BF16 -> 2 * elements.length;
      default -> codes.length + 2 * scales.length;
    };
  }

  // --- rounding ------------------------------------------------------------------------------

  /** Becomes the rounded x[at …]. */
  public void round(float[] x, int at) {
    switch (type) {
      case F32 -> System.arraycopy(x, at, elements, 0, elements.length);
      case BF16 -> {
        for (int i = 0; i < elements.length; i++) {
          elements[i] = Halves.bf16(Halves.toBf16(x[at + i]));
        }
      }
      default -> {
        for (int group = 0; group < scales.length; group++) {
          quantize(x, at + group * GROUP, group);
        }
      }
    }
  }

  private void quantize(float[] x, int at, int group) {
    float largest = 0f;
    for (int i = 0; i < GROUP; i++) {
      largest = Math.max(largest, Math.abs(x[at + i]));
    }
    float wanted = Math.min(largest / LARGEST_CODE, LARGEST_SCALE);
    short half = Float.floatToFloat16(wanted);
    // Upwards, so that no element is cut off.
    float scale =
        Float.float16ToFloat(half < 0x7bff && Float.float16ToFloat(half) < wanted ? ++half : half);
    scales[group] = scale;
    for (int i = 0; i < GROUP; i++) {
      int code = scale == 0f ? 0 : Math.round(x[at + i] / scale);
      codes[group * GROUP + i] = (byte) (Math.clamp(code, -LARGEST_CODE, LARGEST_CODE) + ZERO_CODE);
    }
    widen(group);
  }

  private void widen(int group) {
    for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
      elements[i] = scales[group] * ((codes[i] & 0xff) - ZERO_CODE);
    }
  }

  // --- as an output: one lane of a panel -----------------------------------------------------

  /** Writes output {@code lane} of the panel that starts at byte {@code panel}. */
  public void toOutput(MemorySegment memory, long panel, int lane) {
    for (int i = 0; i < elements.length; i++) {
      put(memory, panel, i, lane, i);
    }
    for (int group = 0; group < scales.length; group++) {
      short half = Float.floatToFloat16(scales[group]);
      memory.set(SHORT, panel + scaleAt(group, lane), half);
    }
  }

  /** Becomes output {@code lane} of the panel that starts at byte {@code panel}. */
  public void fromOutput(MemorySegment memory, long panel, int lane) {
    for (int i = 0; i < elements.length; i++) {
      get(memory, panel, i, lane, i);
    }
    for (int group = 0; group < scales.length; group++) {
      scales[group] = Float.float16ToFloat(memory.get(SHORT, panel + scaleAt(group, lane)));
      widen(group);
    }
  }

  private static long scaleAt(int group, int lane) {
    return (long) group * QuantizedLayout.Q8_BYTES + lane % LANES * 4 + lane / LANES * 2;
  }

  // --- as an input: one row of every panel ---------------------------------------------------

  /** Makes new memory of a matrix ready for {@link #toInput}. */
  public static void prepareInputs(
      WeightType type, MemorySegment memory, long matrix, long byteSize) {
    if (type == WeightType.Q8) {
      for (long at = matrix; at < matrix + byteSize; at += QuantizedLayout.Q8_BYTES) {
        for (int lane = 0; lane < LANES; lane++) {
          memory.set(INT, at + lane * 4L, ONES);
        }
      }
    }
  }

  /** Writes input {@code input} of the matrix at byte {@code matrix}, but for its scales. */
  public void toInput(MemorySegment memory, long matrix, long panelStride, int input) {
    for (int i = 0; i < elements.length; i++) {
      put(memory, matrix + i / PANEL * panelStride, input, i % PANEL, i);
    }
  }

  /**
   * Becomes input {@code input} of the matrix at byte {@code matrix}.
   *
   * @param scaleAt byte of the scale of group 0, a float; Q8 only
   * @param scaleStride bytes from one group's scale to the next
   */
  public void fromInput(
      MemorySegment memory,
      long matrix,
      long panelStride,
      int input,
      long scaleAt,
      long scaleStride) {
    for (int i = 0; i < elements.length; i++) {
      get(memory, matrix + i / PANEL * panelStride, input, i % PANEL, i);
    }
    for (int group = 0; group < scales.length; group++) {
      scales[group] = memory.get(FLOAT, scaleAt + group * scaleStride);
      widen(group);
    }
  }

  private void put(MemorySegment memory, long panel, int input, int lane, int i) {
    switch (type) {
      case F32 -> memory.set(FLOAT, panel + place(input, lane) * 4, elements[i]);
      case BF16 -> {
        short bits = Halves.toBf16(elements[i]);
        memory.set(SHORT, panel + place(input, lane) * 2, bits);
      }
      default -> memory.set(BYTE, panel + codeAt(input, lane), codes[i]);
    }
  }

  private void get(MemorySegment memory, long panel, int input, int lane, int i) {
    switch (type) {
      case F32 -> elements[i] = memory.get(FLOAT, panel + place(input, lane) * 4);
      case BF16 -> elements[i] = Halves.bf16(memory.get(SHORT, panel + place(input, lane) * 2));
      default -> codes[i] = memory.get(BYTE, panel + codeAt(input, lane));
    }
  }

  /** Elements before the one of this input and lane. */
  private long place(int input, int lane) {
    return (long) input * PANEL + Matrix.slot(type, lane);
  }

  /** Byte of an 8-bit code: ints are little-endian. */
  private static long codeAt(int input, int lane) {
    int within = input % GROUP;
    return (long) (input / GROUP) * QuantizedLayout.Q8_BYTES
        + QuantizedLayout.Q8_CODES
        + (long) (within / 2) * QuantizedLayout.ROW
        + lane % LANES * 4
        + within % 2 * 2
        + lane / LANES;
  }

  // --- in files ------------------------------------------------------------------------------

  /** Writes the elements, or the codes and then the scales as binary16. */
  public void toBytes(MemorySegment memory, long at) {
    switch (type) {
      case F32 -> MemorySegment.copy(elements, 0, memory, FLOAT, at, elements.length);
      case BF16 -> {
        for (int i = 0; i < elements.length; i++) {
          short bits = Halves.toBf16(elements[i]);
          memory.set(SHORT, at + i * 2L, bits);
        }
      }
      default -> {
        MemorySegment.copy(codes, 0, memory, BYTE, at, codes.length);
        for (int group = 0; group < scales.length; group++) {
          long to = at + codes.length + group * 2L;
          memory.set(SHORT, to, Float.floatToFloat16(scales[group]));
        }
      }
    }
  }

  /** Becomes what {@link #toBytes} wrote. */
  public void fromBytes(MemorySegment memory, long at) {
    switch (type) {
      case F32 -> MemorySegment.copy(memory, FLOAT, at, elements, 0, elements.length);
      case BF16 -> {
        for (int i = 0; i < elements.length; i++) {
          elements[i] = Halves.bf16(memory.get(SHORT, at + i * 2L));
        }
      }
      default -> {
        MemorySegment.copy(memory, BYTE, at, codes, 0, codes.length);
        for (int group = 0; group < scales.length; group++) {
          long from = at + codes.length + group * 2L;
          scales[group] = Float.float16ToFloat(memory.get(SHORT, from));
          widen(group);
        }
      }
    }
  }
}
