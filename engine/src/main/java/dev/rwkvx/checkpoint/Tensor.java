package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A named, immutable tensor whose elements lie one after the other in row-major order. */
public final class Tensor {
  // The largest array that virtual machines allocate.
  private static final long MAX_ARRAY = Integer.MAX_VALUE - 8;

  private static final int ALIGNMENT = 64;

  private final String name;
  private final DType type;
  private final long[] shape;
  private final long elements;
  private final MemorySegment data;

  private Tensor(String name, DType type, long[] shape, MemorySegment data) {
    this.name = name;
    this.type = type;
    this.shape = shape.clone();
    this.elements = Shapes.elements(shape);
    this.data = data.asReadOnly();
  }

  /**
   * {@return a tensor over {@code data}, which is not copied}
   *
   * @param name stands in messages and files
   * @param type of the elements
   * @param shape dimensions, outermost first; empty for a scalar
   * @param data exactly the elements, row-major and little-endian
   */
  public static Tensor of(String name, DType type, long[] shape, MemorySegment data) {
    Tensor tensor = new Tensor(name, type, shape, data);
    if (type.byteSize(tensor.elements) != data.byteSize()) {
      throw new IllegalArgumentException(tensor + " does not fit " + data.byteSize() + " bytes");
    }
    return tensor;
  }

  /**
   * {@return a tensor of these values, rounded to nearest, ties to even, if the type is narrower}
   *
   * @param name stands in messages and files
   * @param type a floating one
   * @param shape dimensions, outermost first; empty for a scalar
   * @param values exactly the elements, row-major; copied
   */
  public static Tensor of(String name, DType type, long[] shape, float[] values) {
    MemorySegment data = Arena.ofAuto().allocate((long) values.length * type.bytes(), ALIGNMENT);
    FloatTypes.narrow(values, 0, values.length, type, data);
    return of(name, type, shape, data);
  }

  /**
   * {@return the same elements under another name}
   *
   * @param other the new name
   */
  public Tensor renamed(String other) {
    return new Tensor(other, type, shape, data);
  }

  /** {@return the name in its checkpoint} */
  public String name() {
    return name;
  }

  /** {@return the type of its elements} */
  public DType type() {
    return type;
  }

  /** {@return the dimensions, outermost first, as a copy} */
  public long[] shape() {
    return shape.clone();
  }

  /** {@return the number of dimensions, 0 for a scalar} */
  public int rank() {
    return shape.length;
  }

  /**
   * {@return the size of dimension {@code index}, in [0, rank)}
   *
   * @param index from 0, outermost first
   */
  public long dimension(int index) {
    return shape[index];
  }

  /** {@return the number of elements} */
  public long elements() {
    return elements;
  }

  /**
   * {@return the elements, row-major, little-endian, read-only} A view of the mapped file where the
   * layout allows: it ends with its checkpoint, and may start at any address, so read it with
   * unaligned layouts.
   */
  public MemorySegment data() {
    return data;
  }

  /**
   * {@return all elements as floats: exact, but rounded to nearest for F64}
   *
   * @throws InputException when the type is neither floating nor quantised, or an array cannot hold
   *     the elements
   */
  public float[] toFloats() {
    if (!type.isQuantized()) {
      requireFloating();
    }
    if (elements > MAX_ARRAY) {
      throw new InputException(
          this + " has " + elements + " elements; at most " + MAX_ARRAY + " fit an array");
    }
    float[] floats = new float[(int) elements];
    new FloatReader(this).read(0, floats, 0, floats.length);
    return floats;
  }

  /**
   * {@return element {@code index}, in [0, elements), as a float; see {@link #toFloats()}}
   *
   * @param index in row-major order
   * @throws InputException when the type is not floating
   */
  public float floatAt(long index) {
    requireFloating();
    return switch (type) {
      case F32 -> data.get(FloatTypes.FLOAT, index * 4);
      case F64 -> (float) data.get(FloatTypes.DOUBLE, index * 8);
      case F16 -> FloatTypes.f16ToFloat(data.get(FloatTypes.SHORT, index * 2));
      default -> FloatTypes.bf16ToFloat(data.get(FloatTypes.SHORT, index * 2));
    };
  }

  private void requireFloating() {
    if (!type.isFloating()) {
      throw new InputException(this + " has the wrong type: expected F32, BF16, F16 or F64");
    }
  }

  @Override
  public String toString() {
    return "tensor '" + name + "' " + type.label() + Arrays.toString(shape);
  }
}
