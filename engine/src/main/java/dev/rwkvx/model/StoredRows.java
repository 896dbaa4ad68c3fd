package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.BlockCodes;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.FloatReader;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.math.CodeGroup;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.Quantizer;
import dev.rwkvx.math.WeightType;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a stored matrix, however it is stored: as floats, or as groups of codes. Codes that
 * the file has are handed on where the wanted type can hold them. Not for several threads at once.
 */
final class StoredRows {
  /** Finite values from here on round to an infinity of F16. */
  static final float F16_OVERFLOW = 65520;

  private static final int GROUP = CodeGroup.SIZE;

  private final Tensor tensor;
  private final @Nullable Matrix packed;
  private final int inputs;
  private final FloatReader reader;
  private final BlockCodes block = new BlockCodes();
  private final CodeGroup group = new CodeGroup();
  private final float[] row;
  private long currentBlock = -1;
  private long currentRow = -1;

  /**
   * The rows of a tensor.
   *
   * @param tensor [outputs, inputs] of a floating or quantised type, or the panels of a packed one
   * @param packed the panels as a matrix; null for an ordinary tensor
   */
  StoredRows(Tensor tensor, @Nullable Matrix packed, int inputs) {
    this.tensor = tensor;
    this.packed = packed;
    this.inputs = inputs;
    reader = new FloatReader(tensor);
    row = new float[inputs];
  }

  /** The weights of an output at {@code target[at, at + inputs)}. */
  void floats(long output, float[] target, int at) {
    if (packed == null) {
      reader.read(output * inputs, target, at, inputs);
      return;
    }
    for (int i = 0; i < inputs; i += GROUP) {
      Quantizer.get(packed, (int) output, i / GROUP, group);
      float scale = Float.float16ToFloat(group.scale());
      float minimum =
          packed.type() == WeightType.Q4 ? Float.float16ToFloat(group.minimum()) : -0.0f;
      for (int j = 0; j < GROUP; j++) {
        target[at + i + j] = scale * group.code(j) + minimum;
      }
    }
  }

  /**
   * 32 weights as codes.
   *
   * @param type Q8 or Q4
   * @param index of the group among those of the output
   * @throws InputException when a weight or a scale is beyond binary16
   */
  void codes(WeightType type, long output, int index, CodeGroup target) {
    if (packed != null && packed.type() == type) {
      Quantizer.get(packed, (int) output, index, target);
    } else if (tensor.type().isQuantized() && keptAs(tensor.type()) == type) {
      codesOfBlock(output * inputs + (long) index * GROUP, target);
    } else {
      if (currentRow != output) {
        floats(output, row, 0);
        currentRow = output;
      }
      requireQuantizable(index * GROUP);
      Quantizer.round(type, row, index * GROUP, target);
    }
  }

  private static @Nullable WeightType keptAs(DType type) {
    return LoadedType.of(type).map(LoadedType::type).orElse(null);
  }

  private void codesOfBlock(long element, CodeGroup target) {
    int elements = tensor.type().blockElements();
    if (currentBlock != element / elements) {
      currentBlock = element / elements;
      block.read(tensor.data(), tensor.type(), currentBlock);
    }
    int first = (int) (element % elements);
    switch (tensor.type()) {
      case Q4_0 -> shifted(first, target);
      case Q3_K -> multiplied(first, target);
      default -> {
        int g = first / GROUP;
        scales(target, block.base() * block.multiplier(g), block.minimum(g));
        for (int i = 0; i < GROUP; i++) {
          target.code(i, block.code(first + i));
        }
      }
    }
  }

  /** Codes from −8 on become codes from 0 on, with a minimum that makes up for it. */
  private void shifted(int first, CodeGroup target) {
    scales(target, block.base(), -8 * block.base());
    for (int i = 0; i < GROUP; i++) {
      target.code(i, block.code(first + i) + 8);
    }
  }

  /**
   * Codes from −4 to 3 times the scale of their 16, −32 to 31, are whole numbers up to 128. The one
   * that is too large fits with the other sign.
   */
  private void multiplied(int first, CodeGroup target) {
    int largest = 0;
    for (int i = 0; i < GROUP; i++) {
      largest = Math.max(largest, product(first + i));
    }
    int sign = largest > Byte.MAX_VALUE ? -1 : 1;
    scales(target, sign * block.base(), 0);
    for (int i = 0; i < GROUP; i++) {
      target.code(i, sign * product(first + i));
    }
  }

  private int product(int i) {
    return block.code(i) * block.multiplier(i / block.group());
  }

  private void scales(CodeGroup target, float scale, float minimum) {
    if (!(Math.abs(scale) < F16_OVERFLOW) || !(Math.abs(minimum) < F16_OVERFLOW)) {
      throw new InputException(
          tensor
              + " has a scale of "
              + scale
              + " and a minimum of "
              + minimum
              + "; at most 65504 can be kept; convert it with --type f32");
    }
    target.scales(Float.floatToFloat16(scale), Float.floatToFloat16(minimum));
  }

  /** Scales and minima are F16, so that quantised weights have its range. */
  private void requireQuantizable(int from) {
    for (int i = from; i < from + GROUP; i++) {
      if (!(Math.abs(row[i]) < F16_OVERFLOW)) {
        throw new InputException(
            tensor + " holds " + row[i] + ", which cannot be quantised (at most 65504)");
      }
    }
  }
}
