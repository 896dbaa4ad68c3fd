package dev.rwkvx.model;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.math.Quantizer;
import dev.rwkvx.math.WeightType;
import java.util.Optional;

/**
 * A tensor of a checkpoint before it is read.
 *
 * @param checkpoint where it is
 * @param name its name there
 * @param packed what the metadata says of it, if it is the panels of a matrix
 */
record WeightSource(Checkpoint checkpoint, String name, Optional<PackedTensor> packed) {
  static WeightSource of(Checkpoint checkpoint, String name) {
    return new WeightSource(checkpoint, name, PackedTensor.of(checkpoint, name));
  }

  DType type() {
    return checkpoint.type(name);
  }

  /** Of a packed matrix its own. */
  long[] shape() {
    return packed
        .map(matrix -> new long[] {matrix.outputs(), matrix.inputs()})
        .orElseGet(() -> checkpoint.shape(name));
  }

  /** Whether the tensor holds weights, in whatever form. */
  boolean isWeights() {
    return packed.isPresent() || type().isFloating() || type().isQuantized();
  }

  boolean isMatrix() {
    return shape().length == 2;
  }

  /** Whether this is a matrix of whole groups. */
  boolean fitsCodes() {
    long[] shape = shape();
    return shape.length == 2
        && Math.min(shape[0], shape[1]) >= 1
        && Math.max(shape[0], shape[1]) <= ModelShape.LARGEST_DIMENSION
        && Quantizer.fits((int) shape[1]);
  }

  /** The type that a matrix has in memory; F32 for those that are not read as they are. */
  WeightType loaded() {
    return packed
        .map(PackedTensor::type)
        .or(() -> LoadedType.of(type()).map(LoadedType::type))
        .orElse(WeightType.F32);
  }

  /** The panels that this matrix makes. */
  PackedTensor as(WeightType type) {
    long[] shape = shape();
    return new PackedTensor(type, (int) shape[0], (int) shape[1]);
  }

  /** The elements, of a packed matrix the bytes of its panels. */
  Tensor tensor() {
    return checkpoint.tensor(name);
  }

  /** The rows of a matrix; for one thread. */
  StoredRows rows(Tensor tensor) {
    int inputs = (int) shape()[1];
    return packed
        .map(matrix -> new StoredRows(tensor, matrix.matrix(checkpoint, name), inputs))
        .orElseGet(() -> new StoredRows(tensor, null, inputs));
  }
}
