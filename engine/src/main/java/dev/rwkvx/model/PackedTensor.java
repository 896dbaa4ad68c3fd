package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.WeightType;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A matrix that stands in a safetensors file as the panels which the kernels read: a U8 tensor
 * [panels, bytes per panel] and, in the metadata under {@code rwkvx.panels.NAME}, its type and
 * sizes, such as {@code q8 3072 768} for [3072,768]. It is used where it is mapped.
 *
 * @param type how the weights are stored
 * @param outputs rows of W
 * @param inputs columns of W
 */
public record PackedTensor(WeightType type, int outputs, int inputs) {
  private static final String KEY = "rwkvx.panels.";
  private static final Pattern VALUE = Pattern.compile("([a-z0-9]+) (\\d{1,8}) (\\d{1,8})");

  /**
   * {@return the metadata key for the matrix {@code name}}
   *
   * @param name the name of the tensor, such as {@code blocks.0.att.key.weight}
   */
  public static String key(String name) {
    return KEY + name;
  }

  /** {@return the metadata value} */
  public String value() {
    return type.name().toLowerCase(Locale.ROOT) + " " + outputs + " " + inputs;
  }

  /**
   * {@return what is written for the matrix {@code name}}
   *
   * @param name the name of the tensor, such as {@code blocks.0.att.key.weight}
   */
  public TensorHeader header(String name) {
    long panelBytes = Matrix.panelStride(inputs, type);
    return new TensorHeader(
        name,
        DType.U8,
        new long[] {Matrix.byteSize(outputs, inputs, type) / panelBytes, panelBytes});
  }

  /**
   * What the metadata says of a matrix; empty when it is an ordinary tensor.
   *
   * @param checkpoint a file of packed matrices, or any other
   * @param name the name of the tensor, such as {@code blocks.0.att.key.weight}
   * @return type and shape of the matrix; empty when it is an ordinary tensor
   * @throws InputException when the metadata makes no sense
   */
  public static Optional<PackedTensor> of(Checkpoint checkpoint, String name) {
    String value = checkpoint.metadata().get(key(name));
    if (value == null) {
      return Optional.empty();
    }
    Matcher matcher = VALUE.matcher(value);
    if (matcher.matches()) {
      for (WeightType type : WeightType.values()) {
        int outputs = Integer.parseInt(matcher.group(2));
        int inputs = Integer.parseInt(matcher.group(3));
        if (type.name().equalsIgnoreCase(matcher.group(1))
            && Math.min(outputs, inputs) >= 1
            && Math.max(outputs, inputs) <= ModelShape.LARGEST_DIMENSION) {
          return Optional.of(new PackedTensor(type, outputs, inputs));
        }
      }
    }
    throw new InputException(
        checkpoint.path()
            + ": metadata '"
            + key(name)
            + "' is '"
            + value
            + "': expected a type and two sizes, such as 'q8 3072 768'");
  }

  /**
   * The matrix, over the mapped bytes.
   *
   * @throws InputException when the tensor is not what the metadata says
   */
  Matrix matrix(Checkpoint checkpoint, String name) {
    Tensor tensor = checkpoint.tensor(name);
    long bytes = Matrix.byteSize(outputs, inputs, type);
    if (tensor.type() != DType.U8 || tensor.elements() != bytes) {
      throw new InputException(
          checkpoint.path() + ": " + tensor + " does not fit: expected " + bytes + " bytes of U8");
    }
    return new Matrix(outputs, inputs, type, tensor.data());
  }
}
